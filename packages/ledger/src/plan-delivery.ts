import { type NeedsDraft, needCall } from "./needs.ts";
import { type Plan, type PlanState, UNCHANGED } from "./plan.ts";

export function deliveryNeeds(needs: NeedsDraft, callId: string): void {
  needCall(needs, callId, false);
}

/** `Ledger.noteDelivery`: the answer of the call is known to have reached somebody. Pure. */
export function planDelivery(state: PlanState, callId: string): Plan<void> {
  const call = state.calls.get(callId);
  return { result: undefined, changes: call === undefined ? UNCHANGED : { delivered: call } };
}
