import { type Answer, errorAnswer, type Refusal } from "../../refusal.ts";

/**
 * A refusal in Stripe's error shape. Stripe's SDKs take a body without a truthy `error` object for success,
 * and retry 409 and 5xx unless `Stripe-Should-Retry: false` says otherwise; both were measured.
 */
export function refusalAnswer(
  refusal: Refusal,
  { callId, retry }: { readonly callId: string | null; readonly retry: boolean },
): Answer {
  const answer = errorAnswer(refusal, callId);
  return { ...answer, headers: { ...answer.headers, "stripe-should-retry": String(retry) } };
}
