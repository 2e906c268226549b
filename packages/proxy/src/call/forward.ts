import type { UpstreamResult } from "../upstream/upstream.ts";
import type { VerdictContext } from "../vendors/vendor.ts";
import type { CallDependencies, Forwarded, Held } from "./call.ts";
import { send } from "./send.ts";
import type { MaybePromise, Step } from "./step.ts";
import { verdictOf } from "./verdict.ts";

/** Step 10: the request goes out, and what comes back is read. Every answer goes on to be settled. */
export const forward: Step<Held, Forwarded> = {
  name: "forward",
  refuses: ["upstream_unreachable", "outcome_unknown"],
  take,
};

function take(deps: CallDependencies, call: Held): MaybePromise<Forwarded> {
  const result = send(call);
  return result instanceof Promise
    ? result.then((late) => judge(deps, call, late))
    : judge(deps, call, result);
}

function judge({ environment }: CallDependencies, call: Held, result: UpstreamResult): Forwarded {
  const { account, claim, sending } = call;
  const context: VerdictContext = {
    write: claim !== null,
    resent: sending.again,
    keepDecline: claim?.by === "key",
  };
  const verdict = verdictOf(account.vendor, result, context, call);
  // Only the vendor's own answers have a request id.
  if (result.kind === "answer" && verdict.upstreamRequestId !== null)
    account.clock.note(result.headers.date, environment.clock());
  return { ...call, verdict };
}
