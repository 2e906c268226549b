import { OPERATION_CLASSES } from "./classes/operation-classes.ts";
import { findOperation, OPERATIONS, type Operation } from "./operation.ts";

/** `charges.*`: the resource and all below it, in stripe-node's spelling. */
const GLOB = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\.\*$/;

/** Patterns that are no resource's. */
const CLASSES: ReadonlyMap<string, (operation: Operation) => boolean> = new Map(
  Object.entries({
    "*": () => true,
    reads: ({ write }: Operation) => !write,
    /** Writes; what of them is free with some parameters only is refused with others. */
    free: ({ name }: Operation) => OPERATION_CLASSES.get(name)?.class === "free",
  }),
);

/** Whether a pattern of an allowlist, in the spelling of `canonicalPattern`, covers the operation. */
export function patternCovers(pattern: string, operation: string): boolean {
  if (pattern === operation) return true;
  if (pattern.endsWith(".*")) return operation.startsWith(pattern.slice(0, -1));
  const known = OPERATIONS.get(operation);
  return known !== undefined && CLASSES.get(pattern)?.(known) === true;
}

/** The operations that a pattern of an allowlist covers: one name, a glob over a resource, or a class. */
export function operationsMatching(pattern: string): string[] {
  return [...OPERATIONS.keys()].filter((name) => patternCovers(pattern, name));
}

/**
 * A pattern in the one spelling that policies store; stripe-python's (`payment_intents.create`) is accepted.
 * Null when it names nothing.
 */
export function canonicalPattern(pattern: string): string | null {
  if (CLASSES.has(pattern)) return pattern;
  if (!pattern.endsWith(".*")) return findOperation(pattern)?.name ?? null;
  if (!GLOB.test(pattern)) return null;
  const camel = pattern.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return [pattern, camel].find((spelling) => operationsMatching(spelling).length > 0) ?? null;
}
