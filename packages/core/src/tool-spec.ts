import type { FormParams } from "./form.ts";
import type { ActIdentity } from "./idempotency.ts";
import type { ToolInput } from "./inputs.ts";
import type { Json } from "./outcome.ts";
import type { ToolName } from "./roles.ts";

/** A Stripe request as plain data. */
export interface StripeRequest {
  /** As in the table of all Stripe operations: `charges.create`. */
  readonly operation: string;
  readonly method: "GET" | "POST";
  /** Below `/v1`, ids included: `/charges/ch_1`. */
  readonly path: string;
  readonly params: FormParams;
}

/** A 2xx answer in the terms of an outcome. */
export interface Described {
  readonly id: string | null;
  readonly status: string;
  readonly amount_cents?: number;
  readonly currency?: string;
  readonly data: Readonly<Record<string, Json>>;
  readonly message: string;
}

/** All that distinguishes one tool from another. Pure. */
export interface ToolSpec<N extends ToolName> {
  /** For people. */
  readonly title: string;
  /** For the model. */
  readonly description: string;
  readonly request: (input: ToolInput<N>) => StripeRequest;
  /** The business act of a write; null for a read. */
  readonly act: ((input: ToolInput<N>) => ActIdentity) | null;
  /** Pages of a list that are read at once. */
  readonly pages: number;
  /** Null when the answer is not what this request is answered with. */
  readonly describe: (
    body: Readonly<Record<string, unknown>>,
    context: { readonly input: ToolInput<N>; readonly replayed: boolean },
  ) => Described | null;
}
