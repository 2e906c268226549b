/** Stripe's operations as the rest of the proxy sees them. */
import { GENERATED_OPERATIONS, type GeneratedOperation } from "./generated/operations.generated.ts";

export interface Operation {
  /** stripe-node's spelling: `charges.create`, `checkout.sessions.create`, `v2.core.accounts.create`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Template: `/v1/charges/{id}/capture`. */
  readonly path: string;
  readonly version: "v1" | "v2";
  readonly kind?: "list" | "search";
  /** The host the operation lives on when it is not api.stripe.com; such operations are never forwarded. */
  readonly base?: "files" | "connect" | "meter_events";
  /** Answers bytes rather than JSON; never forwarded. */
  readonly streaming?: true;
  /** The parameters take a top-level `metadata`. */
  readonly acceptsMetadata: boolean;
  /** Everything that is not a GET. */
  readonly write: boolean;
}

function toOperation(row: GeneratedOperation): Operation {
  const { metadata, ...rest } = row;
  return {
    ...rest,
    version: row.path.startsWith("/v2/") ? "v2" : "v1",
    acceptsMetadata: metadata === true,
    write: row.method !== "GET",
  };
}

/** Every operation of the generated table, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  GENERATED_OPERATIONS.map((row) => [row.name, toOperation(row)]),
);

const SNAKE_PART = /_([a-z0-9])/g;

/**
 * The operation of this name, in stripe-node's spelling or stripe-python's (`payment_intents.create`,
 * `customers.delete`); undefined when Stripe has none.
 */
export function findOperation(name: string): Operation | undefined {
  if (name.length > 120) return undefined;
  const camel = name.replaceAll(SNAKE_PART, (_, letter: string) => letter.toUpperCase());
  return OPERATIONS.get(name) ?? OPERATIONS.get(camel) ?? OPERATIONS.get(camel.replace(/\.delete$/, ".del"));
}
