import { Refused } from "./api.ts";

export function wordsOf(error: unknown): string {
  return error instanceof Refused ? error.message : "Something went wrong in this page. Load it again.";
}

const USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 6 });

export function dollars(usd: number): string {
  return USD.format(usd);
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

/** In the reader's own time. */
export function moment(iso: string): string {
  return TIME.format(new Date(iso));
}
