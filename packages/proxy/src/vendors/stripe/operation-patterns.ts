import { findOperation, OPERATIONS } from "./operation.ts";

/** `charges.*`: the resource and all below it, in stripe-node's spelling. */
const GLOB = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\.\*$/;

/** The operations that a pattern of an allowlist covers: one name, or a glob over a resource. */
export function operationsMatching(pattern: string): string[] {
  if (!pattern.endsWith(".*")) return OPERATIONS.has(pattern) ? [pattern] : [];
  const prefix = pattern.slice(0, -1);
  return [...OPERATIONS.keys()].filter((name) => name.startsWith(prefix));
}

/**
 * A pattern in the one spelling that policies store; stripe-python's (`payment_intents.create`) is accepted.
 * Null when it names nothing.
 */
export function canonicalPattern(pattern: string): string | null {
  if (!pattern.endsWith(".*")) return findOperation(pattern)?.name ?? null;
  if (!GLOB.test(pattern)) return null;
  const camel = pattern.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return [pattern, camel].find((spelling) => operationsMatching(spelling).length > 0) ?? null;
}
