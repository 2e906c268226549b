import { REFUSALS } from "@keybrake/core";
import type { Admission, AdmitRefusal } from "@keybrake/ledger";
import type { Policy } from "../policy.ts";
import type { Answer, Refusal } from "../refusal.ts";
import { dollars } from "./authorise.ts";
import type { Progress } from "./progress.ts";

type Refused = Extract<Admission, { kind: "refused" }>;

export const REVOKED: Refusal = {
  code: "vault_key_revoked",
  message: "This vault key was revoked. Stop: no call with it can succeed.",
};

export const EXPIRED: Refusal = {
  code: "vault_key_expired",
  message: "This vault key has expired. Stop: no call with it can succeed; a new key must be issued.",
};

export const IN_USE: Refusal = {
  code: "idempotency_key_in_use",
  message:
    "Another request with this Idempotency-Key is still running. Send the same one again later to get its answer.",
};

export const INVALID_KEY: Refusal = {
  code: "invalid_vault_key",
  message:
    "No valid vault key was sent. Send one as 'Authorization: Bearer vk_…'; Stripe's own keys are never accepted here.",
};

/** The HTTP status of each refusal that the ledger may decide on, for the rows that it writes. */
export function refusalStatus(policy: Policy): Readonly<Record<AdmitRefusal, number>> {
  return {
    vault_key_revoked: REFUSALS.vault_key_revoked.status,
    vault_key_expired: REFUSALS.vault_key_expired.status,
    idempotency_error: REFUSALS.idempotency_error.status,
    outcome_unresolved: REFUSALS.outcome_unresolved.status,
    call_limit_exceeded: REFUSALS.call_limit_exceeded.status,
    rate_limited: REFUSALS.rate_limited.status,
    spend_cap_exceeded: policy.cap_status,
  };
}

function capRefusal(progress: Progress, refused: Refused): Refusal {
  const { key, policy } = progress;
  const { cap } = refused;
  const status = policy.cap_status;
  if (cap === null) {
    const message = `Spend cap reached: the vault key '${key.name}' has no budget to spend from. Stop: do not retry.`;
    return { code: "spend_cap_exceeded", status, message };
  }
  const whose = cap.budget === null ? `the vault key '${key.name}'` : `the shared budget '${cap.budget}'`;
  const used = dollars(cap.spentCents + cap.heldCents);
  return {
    code: "spend_cap_exceeded",
    status,
    message: `Spend cap reached: ${whose} allows ${dollars(cap.capCents)} in 24 hours, ${used} of it is used, and this call needs ${dollars(cap.requestedCents)}. Nothing was charged. Stop: do not retry and do not split the amount.`,
    detail: {
      budget: cap.budget,
      cap_usd: cap.capCents / 100,
      spent_usd: cap.spentCents / 100,
      held_usd: cap.heldCents / 100,
      requested_usd: cap.requestedCents / 100,
    },
  };
}

/** The words and the status of a refusal that the ledger decided on. */
export function admissionRefusal(progress: Progress, refused: Refused): Refusal {
  const { key } = progress;
  const { code } = refused;
  switch (code) {
    case "vault_key_revoked":
      return REVOKED;
    case "vault_key_expired":
      return EXPIRED;
    case "idempotency_error": {
      // The first sentence is Stripe's own, so that what knows Stripe's answer knows this one.
      const message =
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Use another Idempotency-Key if you mean another act.";
      return { code, message };
    }
    case "outcome_unresolved": {
      const message =
        "The outcome of the first request with this Idempotency-Key is unknown, and it is too long ago to send it again safely. Its amount stays reserved until Stripe's records settle it. Ask a person.";
      return { code, message };
    }
    case "call_limit_exceeded":
      return {
        code,
        message: `The vault key '${key.name}' has used up its ${key.maxCalls} calls. Stop: do not retry.`,
      };
    case "rate_limited": {
      const message = `The vault key '${key.name}' allows ${key.ratePerMinute} calls per minute. Wait a minute before the next one.`;
      return { code, message };
    }
    case "spend_cap_exceeded":
      return capRefusal(progress, refused);
  }
}

/** A stored answer, marked as Stripe marks a replay. */
export function replayAnswer(stored: Answer, callId: string): Answer {
  const original = stored.headers["original-request"] ?? stored.headers["request-id"];
  return {
    status: stored.status,
    headers: {
      ...stored.headers,
      "idempotent-replayed": "true",
      "request-id": callId,
      ...(original === undefined ? {} : { "original-request": original }),
    },
    body: stored.body,
  };
}
