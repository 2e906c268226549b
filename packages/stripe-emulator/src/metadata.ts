import { invalidRequest } from "./errors.ts";
import type { FormValue } from "./form.ts";
import { METADATA_KEY_LENGTH_MAX, METADATA_KEYS_MAX, METADATA_VALUE_LENGTH_MAX } from "./limits.ts";

export type Metadata = Record<string, string>;

function checkCount(count: number): void {
  if (count > METADATA_KEYS_MAX) {
    throw invalidRequest(`Metadata can have at most ${METADATA_KEYS_MAX} keys.`, { param: "metadata" });
  }
}

/** What can be said of metadata without the object: names, values, lengths. */
export function checkMetadata(value: FormValue): void {
  if (value === "") return;
  if (typeof value === "string") throw invalidRequest("Invalid hash", { param: "metadata" });
  const entries = Object.entries(value);
  checkCount(entries.length);
  for (const [key, text] of entries) {
    const param = `metadata[${key}]`;
    if (typeof text !== "string") {
      throw invalidRequest("Metadata values must be strings, but a hash or array was given.", { param });
    }
    if (key.length > METADATA_KEY_LENGTH_MAX) {
      throw invalidRequest(`Metadata keys can have up to ${METADATA_KEY_LENGTH_MAX} characters.`, { param });
    }
    if (text.length > METADATA_VALUE_LENGTH_MAX) {
      throw invalidRequest(`Metadata values can have up to ${METADATA_VALUE_LENGTH_MAX} characters.`, {
        param,
      });
    }
  }
}

/**
 * The metadata of an object after a request: `metadata[k]=v` sets, `metadata[k]=` unsets one key,
 * `metadata=` unsets all, other keys stay.
 */
export function mergeMetadata(existing: Metadata, change: FormValue | undefined): Metadata {
  if (change === undefined) return existing;
  if (typeof change === "string") return {};
  const merged = new Map(Object.entries(existing));
  for (const [key, text] of Object.entries(change)) {
    if (text === "") merged.delete(key);
    else if (typeof text === "string") merged.set(key, text);
  }
  checkCount(merged.size);
  // fromEntries defines own properties, so a key called __proto__ is only a key.
  return Object.fromEntries(merged);
}

/** The metadata of a new object. */
export function newMetadata(value: FormValue | undefined): Metadata {
  return mergeMetadata({}, value);
}
