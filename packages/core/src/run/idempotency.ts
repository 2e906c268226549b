import { LIMITS } from "../limits.ts";
import type { ActIdentity } from "../tools/tool.ts";

/** One text per act, whatever the order of the fields: sorted keys, no spaces (RFC 8785 for our values). */
export function canonicalAct(identity: ActIdentity): string {
  const sorted = Object.keys(identity)
    .sort()
    .map((field) => `${JSON.stringify(field)}:${JSON.stringify(identity[field] ?? null)}`);
  return `{${sorted.join(",")}}`;
}

/** The first 128 bits of SHA-256, in hex: no two acts of anybody will ever share them. */
export async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Room for `:operation:digest` behind the run id within Stripe's 255 characters. */
const RUN_PART_LENGTH = 180;
const BUSINESS = "business";

/**
 * The Idempotency-Key of an act: `<runId>:<operation>:<digest>`. It depends on nothing that changes in a
 * retry, another process or a resumed run. With `business`, the run is left out when a billing period or a
 * reference names the act, so that June is charged once, whichever run asks.
 *
 * A run id that is too long, not printable, or the reserved word itself stands in as its digest.
 */
export async function idempotencyKey(act: {
  readonly runId: string;
  readonly operation: string;
  readonly identity: ActIdentity;
  readonly mode: "run" | "business";
}): Promise<string> {
  const { runId, operation, identity, mode } = act;
  const hash = await digest(canonicalAct(identity));
  const named = (identity.billing_period ?? null) !== null || (identity.reference ?? null) !== null;
  if (mode === "business" && named) return `${BUSINESS}:${operation}:${hash}`;
  const plain = runId.length <= RUN_PART_LENGTH && /^[\x21-\x7e]+$/.test(runId) && runId !== BUSINESS;
  const key = `${plain ? runId : `run-${await digest(runId)}`}:${operation}:${hash}`;
  if (key.length > LIMITS.idempotencyKeyLength) throw new Error("idempotency key too long");
  return key;
}
