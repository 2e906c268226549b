import { LIMITS } from "./limits.ts";
import { type KeysKnown, redactKeys } from "./redact-keys.ts";

/** The path of a request target for people to read: printable, bounded, without query, fragment and secrets. */
export function auditPath(known: KeysKnown, target: string): string {
  const path = target.slice(0, LIMITS.pathLength).split(/[?#]/, 1)[0] ?? "";
  const printable = redactKeys(known, path.replaceAll(/[^\x21-\x7e]/g, "?"));
  return printable.length > LIMITS.auditPathLength
    ? `${printable.slice(0, LIMITS.auditPathLength)}…`
    : printable;
}
