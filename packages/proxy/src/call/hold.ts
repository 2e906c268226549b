import { type Admission, type CapDetail, claimId, type FirstCall } from "@keybrake/ledger";
import { deadlineTime } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import { approve, withApproval } from "./approve.ts";
import {
  answered,
  type CallDependencies,
  type Ending,
  type Held,
  isEnding,
  type Priced,
  refused,
  type Sending,
} from "./call.ts";
import { factsOf } from "./facts.ts";
import { type Content, passedHeaders, readFirstRequest, writeFirstRequest } from "./first-request.ts";
import { type First, holdRefusal, inUse, statusesOfRefusals, type Unresolved } from "./hold-messages.ts";
import { KEY_ENDS } from "./key-messages.ts";
import { observes } from "./observe.ts";
import { price, priceAnew } from "./price.ts";
import { record } from "./record.ts";
import { type Step, takingAgain } from "./step.ts";
import type { RefusedAttempt } from "./waiting-room.ts";

/** Step 9: the claim and the hold, in one durable transaction. From here on the act is sent, or answered by its first. */
export const hold: Step<Priced, Held> = takingAgain([price, approve], {
  name: "hold",
  refuses: [
    "idempotency_error",
    "possible_repeat",
    "outcome_unresolved",
    "idempotency_key_in_use",
    "call_limit_exceeded",
    "rate_limited",
    "spend_cap_exceeded",
    "approval_denied",
    "approval_required",
  ],
  // A revocation that has returned is obeyed by every later hold; and a claim that was given back is priced.
  repeats: ["invalid_vault_key", "vault_key_revoked", "vault_key_expired", "vault_key_paused"],
  take,
});

function take(deps: CallDependencies, call: Priced): Promise<Held | Ending> {
  return reservesNothing(call) ? pass(deps, call) : claimAndHold(deps, call);
}

/** A read that no limit of its key counts: its one row is written with its answer, and one durable write is enough. */
function reservesNothing({ claim, cost, key }: Priced): boolean {
  return claim === null && cost?.usdMicros === 0 && key.maxCalls === null && key.ratePerMinute === null;
}

async function pass(deps: CallDependencies, call: Priced): Promise<Held | Ending> {
  const { id: vaultKeyId, role, labels, hash: keyHash } = call.key;
  const caller = { vaultKeyId, role, labels, agent: call.agent.agent };
  const ended = await deps.ledger.endOfKey({ facts: caller, keyHash }, deadlineTime(deps.environment));
  if (ended !== null) return refused(call, KEY_ENDS[ended]);
  const content = encode(call);
  const sending = { claim: null, content, upstreamIdempotencyKey: null, holder: null, again: false };
  return { ...call, facts: factsOf(deps, call), sending };
}

async function claimAndHold(deps: CallDependencies, asked: Priced): Promise<Held | Ending> {
  const { environment, waitingRoom } = deps;
  const deadline = asked.at + LIMITS.inFlightWaitMs;
  const name = claimName(asked);
  let call = asked;
  let content = contentOf(call);
  for (;;) {
    // Also while the first one's answer is on its way: who says the act again is judged by whether it has arrived.
    const others = name === null ? undefined : waitingRoom.wait(name, deadline - environment.clock());
    const attempt = others === undefined ? null : await others;
    if (isOwn(call, attempt)) return refusedWithFirst(deps, call, attempt);
    const admission = await admit(deps, call, content);
    switch (admission.kind) {
      case "claim_changed": {
        // A claim that was given back, or has lapsed, is made anew; another key's is looked at first.
        const priced = await (call.repeats === null ? price.take(deps, call) : priceAnew(deps, call));
        if (isEnding(priced)) return priced;
        call = withApproval(deps, priced);
        content = contentOf(call);
        break;
      }
      case "in_flight": {
        if (deadline <= environment.clock()) return refused(call, inUse(call));
        // By another process, or by a call of this one that is waited for above.
        if (name === null || !waitingRoom.isBusy(name)) await environment.sleep(LIMITS.inFlightPollMs);
        break;
      }
      default:
        return conclude(deps, call, content, admission);
    }
  }
}

/** The name under which others of this process wait for a call; null for what claims nothing. */
function claimName({ claim, key }: Priced): string | null {
  if (claim === null) return null;
  const { vendor, account, simulate } = key;
  return claimId({ vendor, account, simulate, scope: claim.scope, key: claim.key });
}

/** Nobody works on what was sent any more. */
export function leave(
  { waitingRoom }: CallDependencies,
  { claim }: Sending,
  refused: RefusedAttempt | null = null,
): void {
  if (claim !== null) waitingRoom.leave(claim, refused);
}

/** By key, a refusal is kept and replayed; by act, it is the answer of those who asked while it was made. */
function isOwn({ claim }: Priced, attempt: RefusedAttempt | null): attempt is RefusedAttempt {
  return claim?.by === "act" && claim.actDigest === attempt?.actDigest;
}

/** Five equal calls at once are one attempt: a card that declines is asked once. */
async function refusedWithFirst(
  deps: CallDependencies,
  call: Priced,
  { verdict }: RefusedAttempt,
): Promise<Ending> {
  const facts = factsOf(deps, call);
  const { code, upstreamRequestId, objectId } = verdict;
  const answer = call.account.vendor.replayed(verdict.answer, call.callId);
  await record(deps, facts, "replayed", { code, answer, upstreamRequestId, objectId });
  return answered(facts, answer, "replayed", code);
}

function admit(deps: CallDependencies, call: Priced, content: Content | null): Promise<Admission> {
  const { claim, cost, repeats, at, account, key } = call;
  const { environment } = deps;
  const now = deadlineTime(environment);
  return deps.ledger.admit({
    facts: factsOf(deps, call),
    keyHash: key.hash,
    claim: claim === null ? null : { ...claim, body: content === null ? null : bodyOf(call, content) },
    repeats,
    objectId: cost?.objectId ?? null,
    approval: call.approval ?? null,
    observes: observes(call),
    latencyMs: Math.max(0, environment.clock() - at),
    deadlineTime: now,
    resendNotBefore: now - (account.vendor.idempotencyMemoryMs - LIMITS.resendMarginMs),
    // What frees a claim follows the clock that frees nothing early.
    claimLapsedBefore: environment.clock() - (claim?.lapsesAfterMs ?? 0),
    refusalStatus: statusesOfRefusals(key.policy),
  });
}

/** What the ledger keeps of a request that may have to be sent again. */
function bodyOf({ account }: Priced, content: Content): string {
  const vendorAheadMs = account.clock.differenceMs();
  return writeFirstRequest({ ...content, sentAs: account.fingerprint, vendorAheadMs });
}

/** What the ledger refuses and replays has its row already. */
async function conclude(
  deps: CallDependencies,
  call: Priced,
  content: Content | null,
  admission: Exclude<Admission, { readonly kind: "claim_changed" | "in_flight" }>,
): Promise<Held | Ending> {
  const { callId, claim, cost, account } = call;
  const facts = factsOf(deps, call);
  switch (admission.kind) {
    case "admitted":
      if (cost === null || content === null) throw new Error(`call ${callId} was admitted without a price`);
      enter(deps, call);
      return {
        ...call,
        facts,
        sending: {
          claim: claimName(call),
          content,
          upstreamIdempotencyKey: claim?.upstreamIdempotencyKey ?? null,
          holder: callId,
          again: false,
        },
      };
    case "resend": {
      const { callId: holder, upstreamIdempotencyKey } = admission;
      enter(deps, call);
      const content = readFirstRequest(admission.body);
      const sending = { claim: claimName(call), content, upstreamIdempotencyKey, holder, again: true };
      return { ...call, facts, sending };
    }
    case "replay":
      return answered(
        facts,
        account.vendor.replayed(admission.answer, callId),
        "replayed",
        null,
        claim?.by === "act" ? { callId: admission.callId, known: () => undefined } : null,
      );
    case "refused": {
      const asked = admission.approval?.approvalId;
      // The card is this call's own: who asked before has told of theirs.
      if (asked != null && asked === call.approval?.approvalId) deps.asked(asked);
      const unresolved = await unresolvedIn(deps, call, admission.cap);
      const first = await firstIn(deps, call, admission.first);
      const refusal = holdRefusal(call, admission, { unresolved, first });
      const answer = account.vendor.refusalAnswer(refusal, { callId, retry: false });
      return answered(facts, answer, "denied", admission.code);
    }
  }
}

function enter({ waitingRoom }: CallDependencies, call: Priced): void {
  const name = claimName(call);
  if (name !== null) waitingRoom.enter(name);
}

/** The call that said the act before, in words for this one's caller. */
async function firstIn(
  { ledger, environment }: CallDependencies,
  { account, operation }: Priced,
  first: FirstCall | null,
): Promise<First | undefined> {
  if (first === null) return undefined;
  const { callId, objectId, at, answer } = first;
  const row = await ledger.getCall(callId);
  return {
    operation: row?.operation ?? operation.name,
    objectId,
    object: answer === null ? null : account.vendor.outline(answer),
    stands: answer !== null,
    secondsAgo: Math.max(0, Math.round((environment.clock() - at) / 1000)),
  };
}

/** What of a cap that is reached is held by calls that nobody knows the outcome of: an operator can free it. */
async function unresolvedIn(
  { ledger }: CallDependencies,
  { key }: Priced,
  cap: CapDetail | null,
): Promise<Unresolved | undefined> {
  if (cap === null || cap.heldMicros === 0 || key.simulate) return undefined;
  const sums = await ledger.sumUnresolved({ budget: cap.budget, vaultKeyId: key.id });
  const open = sums.filter(({ state }) => state !== "held");
  return {
    calls: open.reduce((sum, { calls }) => sum + calls, 0),
    usdMicros: open.reduce((sum, { usdMicros }) => sum + usdMicros, 0),
  };
}

/** What is sent when nobody has the claim; null when the call is not to be sent, because its cost is not known. */
function contentOf(call: Priced): Content | null {
  return call.cost === null ? null : encode(call);
}

/** The request as it is forwarded, without credential and key. */
function encode({ account, headers, request, key, cost, agent, callId }: Priced): Content {
  const { vendor } = account;
  const stamp = { key: key.id, call: callId, run: agent.runId, agent: agent.agent };
  const encoded = vendor.encode(request, { inject: cost?.inject ?? null, stamp });
  return { ...encoded, headers: passedHeaders(vendor, headers) };
}
