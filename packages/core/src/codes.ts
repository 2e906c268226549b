import { REFUSALS, type RefusalCode } from "./refusals.ts";

/** Failures that arise in the tool itself, beside the proxy's refusals. Whether the model must stop. */
export const CLIENT_FAILURES = {
  /** The input is not valid; nothing was sent. */
  invalid_input: { final: false },
  /** The run's latch is closed by an earlier refusal of the key; nothing was sent. */
  run_stopped: { final: true },
  /** `maxWrites` different acts were already sent; nothing was sent. */
  max_writes_reached: { final: true },
  /** The caller aborted before anything was sent, or during a read. */
  aborted: { final: false },
  /** No connection to the proxy could be made; certainly nothing was carried out. */
  proxy_unreachable: { final: false },
  /** A read got no answer in time. (A write in that place is `outcome_unknown`.) */
  timed_out: { final: false },
  /** A read failed at Stripe, or its answer cannot be understood. */
  upstream_error: { final: false },
  /** A refund without a code at Stripe: more than is left of the charge. */
  over_refund: { final: true },
  /** Stripe answered with an object whose status says that no money moved. */
  act_failed: { final: true },
  /** What answered is not a Keybrake proxy, and nothing says that the call went any further. */
  not_keybrake: { final: true },
  /** A bug in this package; for a write the outcome is unknown. */
  internal_error: { final: false },
} as const satisfies Record<string, { readonly final: boolean }>;

export type ClientFailureCode = keyof typeof CLIENT_FAILURES;

/** True when a model must not repeat a call that failed with this code. Stripe's own codes are final. */
export function isFinalCode(code: string): boolean {
  if (Object.hasOwn(REFUSALS, code)) return REFUSALS[code as RefusalCode].final;
  if (Object.hasOwn(CLIENT_FAILURES, code)) return CLIENT_FAILURES[code as ClientFailureCode].final;
  return true;
}

/** True when a refusal with this code means that no later write of the run can succeed. */
export function closesRun(code: string): boolean {
  return Object.hasOwn(REFUSALS, code) && REFUSALS[code as RefusalCode].closesRun;
}

/** Refusals that a later try may escape, and of which it is certain that nothing was carried out. */
const CERTAINLY_NOT_CARRIED_OUT: ReadonlySet<string> = new Set<RefusalCode>([
  "too_many_invalid_keys",
  "refusals_limited",
  "overloaded",
  "body_late",
  "rate_limited",
  "approval_required",
]);

/** True when a call that failed with this code, or the one that it waited for, may have been carried out. */
export function leavesUnknown(code: string): boolean {
  return !isFinalCode(code) && !CERTAINLY_NOT_CARRIED_OUT.has(code);
}

/**
 * What to do next, in words for its two readers: a model that called a tool, and whoever called the proxy over HTTP,
 * where headers are at hand and a person or a program may correct the request.
 */
interface Instruction {
  readonly tool: string;
  readonly client: string;
}

const both = (words: string): Instruction => ({ tool: words, client: words });

const STOP = both("Stop: do not retry.");

const KEY_IS_DONE = both("Stop: no further call can succeed. Report what was done so far.");

const CORRECT: Instruction = {
  tool: STOP.tool,
  client: "Correct the request first: the same one cannot succeed.",
};

const ONCE = "a write with the same Idempotency-Key, or again with none, cannot take effect twice.";

const AGAIN: Instruction = {
  tool: "Calling again with exactly the same arguments is safe: it cannot charge or refund twice. Do not change the arguments.",
  client: `Sending the same request again in a moment is safe: ${ONCE}`,
};

const IN_A_MINUTE: Instruction = {
  tool: "Wait a minute, then call again with exactly the same arguments; it cannot be executed twice.",
  client: `Wait a minute, then send the same request again: ${ONCE}`,
};

/**
 * What now, by the proxy's codes: the one place for it, said once after what is so. A code without a line of its own
 * has the words of its kind, `STOP` or `AGAIN`.
 */
const AFTER_REFUSAL: ReadonlyMap<string, Instruction> = new Map(
  Object.entries({
    too_many_invalid_keys: IN_A_MINUTE,
    refusals_limited: IN_A_MINUTE,
    invalid_vault_key: {
      tool: "Stop: no further call can succeed. Report this to a person.",
      client: "Stop: no call can succeed without a valid vault key.",
    },
    vault_key_revoked: KEY_IS_DONE,
    vault_key_expired: KEY_IS_DONE,
    vault_key_paused: both(
      "Stop: no further call can succeed until a person lets it go on. Report what was done so far.",
    ),
    body_too_large: CORRECT,
    operation_not_allowed: {
      tool: "Stop: you may not do this, with any arguments or any other tool.",
      client: STOP.client,
    },
    request_invalid: CORRECT,
    binding_not_met: both(
      "Stop: this vault key is for one run or conversation alone. Report this to a person.",
    ),
    account_not_allowed: CORRECT,
    metadata_reserved: CORRECT,
    card_data_not_allowed: {
      tool: STOP.tool,
      client:
        "Correct the request first: let the payer give the card to the vendor itself, and send the token that stands for it.",
    },
    customer_not_allowed: both("Stop: do not try other ids."),
    idempotency_key_required: CORRECT,
    amount_over_limit: both("Stop: do not split the amount; ask a person."),
    idempotency_error: {
      tool: "Nothing was executed again. Stop: if a second act is really meant, give it its own reference.",
      client:
        "Nothing was executed again. Stop: if another act is really meant, give it an Idempotency-Key of its own.",
    },
    possible_repeat: {
      tool: "Nothing was executed again. Stop: take what was made before as the answer; only if another one is really meant, give it its own reference.",
      client:
        "Stop: take what was made before as the answer. If this is another one, send it with a reference (metadata[reference] at Stripe) or an X-Agent-Act header of its own.",
    },
    outcome_unresolved: both("Stop: do not retry; ask a person."),
    call_limit_exceeded: KEY_IS_DONE,
    rate_limited: IN_A_MINUTE,
    approval_denied: both(
      "Stop: do not try it again, in other words, in parts or another way. Report that a person said no.",
    ),
    approval_required: {
      tool: "Wait for a person to approve; do not try to do it another way, and do not split it. Later, call again with exactly the same arguments: it is carried out once, when they have agreed.",
      client: `Do not change it, split it or send it another way. Sending the same request again later carries it out, when they have agreed: ${ONCE}`,
    },
    spend_cap_exceeded: both(
      "Stop: do not retry, do not split the amount and do not try another customer or payment method. Report what was done so far.",
    ),
  } satisfies Partial<Record<RefusalCode, Instruction>>),
);

/** Stripe's codes that need words of their own. */
type StripeCode = "resource_missing" | "charge_already_refunded";

/** What now, by the codes that only tools give. */
const AFTER_FAILURE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    invalid_input: "Nothing was sent. Correct the input and call again.",
    run_stopped:
      "Nothing was sent. Stop: no charge or refund of this run can succeed. Report what was done so far.",
    max_writes_reached: "Nothing was sent. Stop: report what was done so far.",
    not_keybrake: "Stop: report this to a person, who must correct the address or what stands at it.",
    over_refund: "Nothing was refunded. Stop: do not retry with another amount unless the user asks for it.",
    resource_missing: "Stop: do not guess ids. Use an id that a tool or the user gave.",
    charge_already_refunded: "Nothing was refunded again. Stop: do not retry.",
  } satisfies Partial<Record<ClientFailureCode | StripeCode, string>>),
);

/** What a model does after its tool failed with this code, Keybrake's or Stripe's. */
export function toolInstruction(code: string, write: boolean): string {
  const own = AFTER_REFUSAL.get(code)?.tool ?? AFTER_FAILURE.get(code);
  if (own !== undefined) return own;
  if (isFinalCode(code)) return STOP.tool;
  return write ? AGAIN.tool : "Nothing was changed. You may call again.";
}

/** What a caller over HTTP does after the proxy refused with this code: one or two sentences, for reads and writes. */
export function clientInstruction(code: RefusalCode): string {
  return (AFTER_REFUSAL.get(code) ?? (isFinalCode(code) ? STOP : AGAIN)).client;
}
