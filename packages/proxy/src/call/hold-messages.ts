import { REFUSALS } from "@keybrake/core";
import type { Admission, AdmitRefusal } from "@keybrake/ledger";
import type { Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import { dollars, toUsd } from "../usd.ts";
import { windowInWords } from "../window.ts";
import { approvalRefusal } from "./approval-messages.ts";
import type { Priced } from "./call.ts";
import { KEY_ENDS } from "./key-messages.ts";

type Refused = Extract<Admission, { kind: "refused" }>;

export function inUse({ claim }: Priced): Refusal {
  const which = claim?.by === "act" ? "An equal call" : "Another request with this Idempotency-Key";
  return { code: "idempotency_key_in_use", reason: `${which} is still running.` };
}

/** The HTTP status of each refusal that the ledger may decide on, for the rows that it writes. */
export function statusesOfRefusals(policy: Policy): Readonly<Record<AdmitRefusal, number>> {
  return {
    invalid_vault_key: REFUSALS.invalid_vault_key.status,
    vault_key_revoked: REFUSALS.vault_key_revoked.status,
    vault_key_expired: REFUSALS.vault_key_expired.status,
    vault_key_paused: REFUSALS.vault_key_paused.status,
    idempotency_error: REFUSALS.idempotency_error.status,
    possible_repeat: REFUSALS.possible_repeat.status,
    outcome_unresolved: REFUSALS.outcome_unresolved.status,
    call_limit_exceeded: REFUSALS.call_limit_exceeded.status,
    rate_limited: REFUSALS.rate_limited.status,
    spend_cap_exceeded: policy.cap_status,
    approval_denied: REFUSALS.approval_denied.status,
    approval_required: REFUSALS.approval_required.status,
  };
}

/** What the budget that stands in the way holds for calls of which nobody knows what became of them. */
export interface Unresolved {
  readonly calls: number;
  readonly usdMicros: number;
}

const NOTHING_UNRESOLVED: Unresolved = { calls: 0, usdMicros: 0 };

function capRefusal({ key }: Priced, { cap }: Refused, unresolved: Unresolved): Refusal {
  const status = key.policy.cap_status;
  if (cap === null) {
    const reason = `Spend cap reached: the vault key '${key.name}' has no budget to spend from.`;
    return { code: "spend_cap_exceeded", status, reason };
  }
  const own = cap.above === true ? "a vault key above" : "the vault key";
  const whose = cap.budget === null ? `${own} '${key.name}'` : `the shared budget '${cap.budget}'`;
  const used = dollars(cap.spentMicros + cap.heldMicros);
  const reason =
    cap.capMicros === 0
      ? `Spend cap reached: ${whose} has a cap of $0.00, under which calls may read and change nothing. Nothing was done.`
      : `Spend cap reached: ${whose} allows ${dollars(cap.capMicros)} ${windowInWords(cap.windowMs)}, ${used} of it is used${heldWords(unresolved)}, and this call needs ${dollars(cap.requestedMicros)}. Nothing was charged.`;
  return {
    code: "spend_cap_exceeded",
    status,
    reason,
    detail: {
      budget: cap.budget,
      cap_usd: toUsd(cap.capMicros),
      spent_usd: toUsd(cap.spentMicros),
      held_usd: toUsd(cap.heldMicros),
      unresolved_calls: unresolved.calls,
      requested_usd: toUsd(cap.requestedMicros),
    },
  };
}

/** Says it to whoever can do something about it; nothing when nothing is unresolved. */
function heldWords({ calls, usdMicros }: Unresolved): string {
  if (calls === 0) return "";
  const whose = calls === 1 ? "1 unresolved call" : `${calls} unresolved calls`;
  return ` (${dollars(usdMicros)} of that is held by ${whose}: \`keybrake reconcile\` shows why, \`keybrake calls settle\` ends it)`;
}

/** The call that said the act before. */
export interface First {
  readonly operation: string;
  readonly objectId: string | null;
  /** `Vendor.outline` of its answer. */
  readonly object: Readonly<Record<string, unknown>> | null;
  /** Whether its answer still stands. False: nobody kept it, or what it tells of was undone. */
  readonly stands: boolean;
  readonly secondsAgo: number;
}

/** Neither carried out twice nor swallowed: the caller decides, and knows what there is already. */
function possibleRepeat({ operation, claim }: Priced, first: First | undefined): Refusal {
  if (first === undefined) throw new Error("a possible repeat repeats nothing");
  const made = first.objectId === null ? "" : ` and made ${first.objectId}`;
  const since = first.stands ? "" : ", which has been undone or settled since";
  const carriedOut = `was carried out ${ago(first.secondsAgo)} ago${made}${since}. Nothing was done again.`;
  const { operation: saidBy, objectId: object_id, object, secondsAgo: seconds_ago } = first;
  const refusal = {
    code: "possible_repeat",
    detail: { object_id, seconds_ago, operation: saidBy, ...(object === null ? {} : { object }) },
  } as const;
  const words = first.stands ? ", in other words," : "";
  if (saidBy === operation.name)
    return { ...refusal, reason: `An equal ${operation.name}${words} ${carriedOut}` };
  const reason = `The same act, as ${saidBy}, ${carriedOut}`;
  return claim?.by === "act" ? { ...refusal, reason } : { ...refusal, reason, instruction: ANOTHER_BY_KEY };
}

const ANOTHER_BY_KEY =
  "Stop: take what was made before as the answer. If this is another one, send it with a reference and an Idempotency-Key of its own.";

/** The caller can find out by the way that they know; only the same request is safe to send again. */
function unresolvedOtherwise(first: First): Refusal {
  return {
    code: "outcome_unresolved",
    reason: `The same act was sent as ${first.operation}, and its outcome is unknown. This call was not sent.`,
    instruction: "Stop: send that one again instead, as it was sent; it cannot take effect twice.",
    detail: { operation: first.operation },
  };
}

function ago(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

/** The reason and the status of a refusal that the ledger decided on. */
export function holdRefusal(
  call: Priced,
  refused: Refused,
  {
    unresolved = NOTHING_UNRESOLVED,
    first,
  }: { unresolved?: Unresolved | undefined; first?: First | undefined },
): Refusal {
  const { key, account, claim } = call;
  const { code } = refused;
  switch (code) {
    case "invalid_vault_key":
    case "vault_key_revoked":
    case "vault_key_expired":
    case "vault_key_paused":
      return KEY_ENDS[code];
    case "idempotency_error": {
      // The first sentence is the one that clients of such APIs know.
      const reason =
        "Keys for idempotent requests can only be used with the same parameters they were first used with.";
      return { code, reason };
    }
    case "possible_repeat":
      return possibleRepeat(call, first);
    case "outcome_unresolved": {
      if (first !== undefined) return unresolvedOtherwise(first);
      const { title } = account.vendor;
      const which = claim?.by === "act" ? "an equal call" : "the first request with this Idempotency-Key";
      const reason = `The outcome of ${which} is unknown, and it cannot be sent again safely: ${title} might carry it out twice. Its amount stays reserved until ${title}'s records settle it.`;
      return { code, reason };
    }
    case "call_limit_exceeded":
      return { code, reason: `The vault key '${key.name}' has used up its ${key.maxCalls} calls.` };
    case "rate_limited":
      return { code, reason: `The vault key '${key.name}' allows ${key.ratePerMinute} calls per minute.` };
    case "spend_cap_exceeded":
      return capRefusal(call, refused, unresolved);
    case "approval_denied":
    case "approval_required":
      return approvalRefusal(call, code, refused.approval);
  }
}
