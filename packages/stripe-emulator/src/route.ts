import type { ObjectType } from "./expand.ts";
import type { Input, ParameterSpec } from "./params.ts";
import type { RestrictedPermission } from "./permissions.ts";
import type { Context } from "./state.ts";

/**
 * One endpoint. A request goes through two steps, and the line between them is the one that Stripe's
 * idempotency draws: `prepare` says what can be said from the request alone (its refusals are not saved under
 * the idempotency key); the function it returns executes on the account (its answer is saved, errors too).
 */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** `{id}` stands for one segment, and so does `{inner}`, the id of something that the first one holds. */
  readonly path: string;
  /** As the `stripe` package names it: `paymentIntents.create`. */
  readonly operation: string;
  readonly permission: RestrictedPermission;
  readonly params: ParameterSpec;
  /** The kind of object that is answered, for `expand`; a list's paths start with `data`. */
  readonly returns: ObjectType;
  readonly prepare: (input: Input, id: string, innerId: string) => (context: Context) => object;
}
