import { Refused } from "./refused.ts";

export function wordsOf(error: unknown): string {
  return error instanceof Refused ? error.message : "Something went wrong in this page. Load it again.";
}

/** Controls, and marks that reorder text (Unicode TR 36): agents name themselves, and write what people decide by. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text that others chose, as it may be shown. */
export function plain(text: string): string {
  return text.replace(UNSAFE, "\u{fffd}");
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** In the reader's own time. */
export function moment(iso: string): string {
  return TIME.format(new Date(iso));
}

export function clock(iso: string): string {
  return CLOCK.format(new Date(iso));
}

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** `in 3 hours`, `5 minutes ago`. */
export function fromNow(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? STEPS[3];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

const COUNT = new Intl.NumberFormat("en-US");

export function count(number: number): string {
  return COUNT.format(number);
}

/** `1 call`, `2 calls`. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `max_usd_per_call` → `Max USD per call`. */
export function titleOf(field: string): string {
  const words = field.split("_").map((word) => (word === "usd" ? "USD" : word));
  const title = words.join(" ");
  return title.slice(0, 1).toUpperCase() + title.slice(1);
}
