/** The API version whose shapes the emulator has: the one the installed `stripe` package pins. */
export const STRIPE_API_VERSION = "2026-10-28.endive";
