/**
 * What each field of a vault key's policy does, in one sentence each, without a full stop: the one text that the admin
 * API's description, the schema of `keybrake.yaml`, the command's help and the dashboard's form show.
 */
export const POLICY_FIELDS = {
  role: "Fills allowed_operations: billing, refund, audit, or a role of keybrake.yaml with all that it says",
  allowed_operations:
    "Operations, globs over a resource, `reads`, `free` (writes that are so by their class), or `*` alone",
  daily_usd_cap: "Most US dollars in any 24 h; 0 = read-only",
  budget: "One shared budget: short for budgets with one",
  budgets: "Shared budgets, charged together with the key's own, their parents too",
  expires_in_seconds:
    "After so many seconds every call of the key is refused; a day unless told, 366 days at most",
  max_usd_per_call: "One call that moves more US dollars is refused",
  currencies: "Calls that name another currency are refused",
  customers: "Calls about anybody else, or about nobody in particular, are refused",
  stripe_accounts:
    "Other accounts that calls may act for, by a header, or name in parameters; none unless listed",
  max_calls: "So many calls are admitted in the key's life; replays and refusals do not count",
  rate_per_minute: "So many calls are admitted in any 60 seconds, replays among them",
  simulate: "Policy and cap as usual; the vendor is never called",
  assume_usd:
    "What a call of an operation counts when no figure can be told, by operation; 0 too. What is not here is refused",
  allow_raw_cards: "Calls may hold numbers and codes of cards; better send tokens",
  unpaid_intents:
    "What an unpaid payment intent counts: for the window in which it was made, or until it is paid or cancelled",
  dedupe:
    "auto: a write is done once for each Idempotency-Key that the caller chose, else once for each business act; act: once for each act, whatever key comes; key: once for each key, and refused without one",
  act_window: "How long the same act is the same one",
  act_includes: "Parameters that tell two acts apart beside those that always do",
  enforcement: "observe: what the policy speaks against is forwarded, and its row says so (would_code)",
  cap_status: "The HTTP status of a call that its cap refuses: clients retry 429, and not 402",
  approval: "When a person must agree before a write is sent; nobody is asked unless told",
  bind: "The run or the conversation of which every call must say that it is, in its headers",
  may_delegate:
    "The key may make keys of its own at /vault-keys, which can do no more, spend what it may, and end with it",
  labels:
    "At most 16: every row of the key's calls shows them, and the audit log and stops find calls by them",
} as const;

/** A field of a vault key's policy, as requests name it. */
export type PolicyField = keyof typeof POLICY_FIELDS;
