import { InvalidArgumentError } from "commander";

/**
 * Texts of flags as values. Bounds are the admin API's business; these only turn text into numbers, and throw
 * commander's `InvalidArgumentError`, which names the flag.
 */

/** `500`, `12.50`, `0.0079` → dollars. */
export function parseUsd(text: string): number {
  if (/^\d{1,8}(?:\.\d{1,6})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give US dollars such as 500 or 12.50.");
}

/** A non-negative integer. */
export function parseCount(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number.");
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `3600`, `90s`, `30m`, `24h`, `7d` → seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Give seconds, or a duration such as 30m, 24h or 7d.");
  return Number(match[1]) * SECONDS[(match[2] || "s") as keyof typeof SECONDS];
}

/** An ISO 8601 time, or a duration such as `15m`: that long before `now`. Returns ISO 8601. */
export function parseInstant(text: string, now: number): string {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  const time =
    ago === null ? (/^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN) : now - parseDuration(text) * 1000;
  const date = new Date(time);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError("Give a time such as 2026-06-01T12:00:00Z, or how long ago: 15m, 24h, 7d.");
}

/** `team=billing` → ["team", "billing"]. */
export function parseLabel(text: string): readonly [string, string] {
  const separator = text.indexOf("=");
  if (separator > 0) return [text.slice(0, separator), text.slice(separator + 1)];
  throw new InvalidArgumentError("Give a label such as team=billing.");
}

/** `billingPortal.sessions.create=0` → ["billingPortal.sessions.create", 0]. */
export function parseAssumption(text: string): readonly [string, number] {
  const separator = text.indexOf("=");
  if (separator > 0) return [text.slice(0, separator), parseUsd(text.slice(separator + 1))];
  throw new InvalidArgumentError(
    "Give an operation with US dollars, such as billingPortal.sessions.create=0.",
  );
}

/** Rows of a list unless told. */
export const LIST_LIMIT = 50;

/** The public id of a vault key. A key itself given by mistake is refused before it leaves this process. */
export function parseVaultKeyId(text: string): string {
  if (/^vk_/.test(text)) {
    throw new InvalidArgumentError(
      "This is a vault key itself; give its id (key_…), see `keybrake keys list`.",
    );
  }
  if (/^[A-Za-z0-9_-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError("Give the id of a vault key (key_…), see `keybrake keys list`.");
}
