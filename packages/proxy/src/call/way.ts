import type { RefusalCode } from "@keybrake/core";
import type { CallFacts } from "@keybrake/ledger";
import { accountAt } from "../accounts.ts";
import type { Refusal } from "../refusal.ts";
import { answer } from "./answer.ts";
import { approve } from "./approve.ts";
import { authenticate } from "./authenticate.ts";
import { authorise } from "./authorise.ts";
import {
  type Arrived,
  type Authenticated,
  type Call,
  type CallDependencies,
  type Ending,
  type Forwarded,
  type Handled,
  type Held,
  isEnding,
  namedBy,
  UNNAMED,
} from "./call.ts";
import { factsOf } from "./facts.ts";
import { forward } from "./forward.ts";
import { hold, leave } from "./hold.ts";
import { identify } from "./identify.ts";
import { lock } from "./lock.ts";
import { price } from "./price.ts";
import { read } from "./read.ts";
import { type Finding, record, rowOf } from "./record.ts";
import { resolve } from "./resolve.ts";
import { settle } from "./settle.ts";
import type { Step } from "./step.ts";
import { verdictOf } from "./verdict.ts";
import type { RefusedAttempt } from "./waiting-room.ts";

/**
 * The way of one call. The order of the steps is the precedence of the refusals, and the order of `REFUSALS`;
 * `tests/src/precedence.test.ts` holds both to it.
 */
export const WAY: readonly Step[] = [
  authenticate,
  read,
  resolve,
  authorise,
  identify,
  lock,
  price,
  approve,
  hold,
  forward,
  settle,
  answer,
];

/** Answered instead of anything else, in whatever step the store fails. */
export const IN_EVERY_STEP: RefusalCode = "store_unavailable";

/** Takes a call all the way. Rejects only when the store fails. */
export async function carryOut(deps: CallDependencies, arrived: Arrived): Promise<Handled> {
  let call: Call = arrived;
  const trace = deps.telemetry?.begin(arrived);
  let handled: Handled | null = null;
  try {
    for (const step of WAY) {
      const begunAt = trace === undefined ? 0 : performance.now();
      const taken = step.take(deps, call);
      // Most steps need not wait, and a promise for each would be felt in every call.
      const next = taken instanceof Promise ? await taken : taken;
      trace?.stepped(step.name, begunAt);
      if (isEnding(next)) {
        handled = noteRefusal(deps, await finish(deps, next));
        return handled;
      }
      call = next;
    }
  } finally {
    giveBack(deps, call, handled);
    trace?.end(handled);
  }
  throw new Error("the way has no end");
}

/** What a call has taken on its way, and others wait for. An answer that is delivered is waited for until it is. */
function giveBack(deps: CallDependencies, call: Call, handled: Handled | null): void {
  if ("sending" in call && handled?.delivers === undefined) leave(deps, call.sending, refusedAttempt(call));
  if ("release" in call) call.release();
  if ("body" in call) deps.places.release(call.key.id);
}

/** What the vendor itself has refused, and gave the claim back. */
function refusedAttempt(call: Held | Forwarded): RefusedAttempt | null {
  if (!("verdict" in call) || call.claim === null) return null;
  const { verdict, claim } = call;
  const isRefusal = verdict.code !== null && verdict.upstreamRequestId !== null && verdict.stored === null;
  return isRefusal && verdict.state !== "unknown" ? { actDigest: claim.actDigest, verdict } : null;
}

/** Whoever refused it, and whatever row it has. */
function noteRefusal({ shares }: CallDependencies, handled: Handled): Handled {
  const { decision, vaultKeyId } = handled;
  if (decision === "denied" && vaultKeyId !== null) shares.noteRefusal(vaultKeyId);
  return handled;
}

function finish(deps: CallDependencies, ending: Ending): Handled | Promise<Handled> {
  switch (ending.end) {
    case "answered":
      return ending.handled;
    case "refused":
      return deny(deps, ending.call, ending.refusal);
    case "looked_up": {
      const { call, answer: result } = ending;
      const context = { write: false, resent: false, keepDecline: false };
      const verdict = verdictOf(call.account.vendor, result, context, { ...call, claim: null });
      return writeDenial(deps, factsOf(deps, call), verdict);
    }
  }
}

/** The one place that refuses a call. */
function deny(deps: CallDependencies, call: Call, refusal: Refusal): Handled | Promise<Handled> {
  const { code } = refusal;
  // Whose path it is, its clients understand; a key of another vendor may have been sent to it.
  const { vendor } = accountAt(deps.accounts, call.target);
  if (!("key" in call)) {
    const refused = vendor.refusalAnswer(refusal, { callId: null, retry: false });
    return { ...UNNAMED, answer: refused, decision: "unauthenticated", code };
  }
  // One that was looked at has a row of its own, and there is an end to them: the next is not looked at.
  if (!("body" in call) && deps.shares.refusalsSpent(call.key.id)) return denyTogether(deps, call, refusal);
  const facts = factsOf(deps, call);
  const refused = vendor.refusalAnswer(refusal, { callId: facts.callId, retry: false });
  return writeDenial(deps, facts, { code, answer: refused, upstreamRequestId: null, objectId: null });
}

/** One of many: its row is the one that they share. */
async function denyTogether(deps: CallDependencies, call: Authenticated, refusal: Refusal): Promise<Handled> {
  const { code } = refusal;
  const vaultKeyId = call.key.id;
  const { vendor } = accountAt(deps.accounts, call.target);
  const answer = vendor.refusalAnswer(refusal, { callId: null, retry: false });
  const finding = { code, answer, upstreamRequestId: null, objectId: null };
  await deps.sharedRows.add({ vaultKeyId, code }, () => rowOf(deps, factsOf(deps, call), "denied", finding));
  return { ...UNNAMED, vaultKeyId, answer, decision: "denied", code };
}

async function writeDenial(deps: CallDependencies, facts: CallFacts, finding: Finding): Promise<Handled> {
  await record(deps, facts, "denied", finding);
  return { ...namedBy(facts), answer: finding.answer, decision: "denied", code: finding.code };
}
