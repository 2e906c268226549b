/** What a successful call has undone of what others made. */
import type { StripeRequest } from "./decode.ts";
import { fieldsOf, objectIdOf } from "./moved.ts";

const UNDOING = /^(?:cancel|expire|reverse|void[A-Z].*|markUncollectible|createReversal|createRefund)$/;

/** The object of the path, which is gone now; for a refund, what it gives back: the charge, and its intent. */
export function undoneBy(
  { operation, pathParams }: Pick<StripeRequest, "operation" | "pathParams">,
  answered: unknown,
): string[] {
  const { name, method, path } = operation;
  if (name === "refunds.create") {
    const { charge, payment_intent } = fieldsOf(answered);
    return [charge, payment_intent].map(idOf).filter((id) => id !== null);
  }
  const action = name.slice(name.lastIndexOf(".") + 1);
  const isUndoing = method === "DELETE" ? path.endsWith("}") : UNDOING.test(action);
  return isUndoing ? pathParams.slice(-1) : [];
}

/** Stripe shows an object by its id, or whole where `expand` asks for it. */
function idOf(shown: unknown): string | null {
  return typeof shown === "string" && shown !== "" ? shown : objectIdOf(shown);
}
