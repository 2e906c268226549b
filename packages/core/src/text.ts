import type { Json } from "./outcome.ts";

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a JSON text holds; undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Strict percent-encoding; a lone surrogate becomes U+FFFD, since it cannot be sent. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The text as a header value: printable ASCII, everything else percent-encoded. */
export function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character));
}
