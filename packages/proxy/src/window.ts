/** A budget's window as the API writes it, `90m`, `24h`, `30d`, and as sentences say it; a lifetime is null, as in the ledger. */

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** As long as a key may live. */
const WINDOW_MS_MAX = 366 * UNITS_MS.d;

/** Undefined for what is no window: null is one. */
export function parseWindow(text: string): number | null | undefined {
  if (text === "lifetime") return null;
  const match = /^([1-9]\d{0,6})([mhd])$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  return ms <= WINDOW_MS_MAX ? ms : undefined;
}

/** Whole days from two on, else whole hours, else minutes: `1440m` comes back as `24h`. */
export function formatWindow(windowMs: number | null): string {
  if (windowMs === null) return "lifetime";
  const unit = unitOf(windowMs);
  return `${windowMs / UNITS_MS[unit]}${unit}`;
}

const WORDS = { m: "minute", h: "hour", d: "day" } as const;

/** What a cap is for: `in 24 hours`, `in 90 minutes`, `in 30 days`, or for good. */
export function windowInWords(windowMs: number | null): string {
  if (windowMs === null) return "in all";
  const unit = unitOf(windowMs);
  const size = windowMs / UNITS_MS[unit];
  return `in ${size} ${WORDS[unit]}${size === 1 ? "" : "s"}`;
}

function unitOf(windowMs: number): keyof typeof UNITS_MS {
  if (windowMs % UNITS_MS.d === 0 && windowMs > UNITS_MS.d) return "d";
  return windowMs % UNITS_MS.h === 0 ? "h" : "m";
}
