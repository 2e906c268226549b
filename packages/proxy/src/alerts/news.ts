import type { AlertMark, RevokedKey, TroubledCall } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { dollars, toUsd } from "../usd.ts";
import { formatWindow, windowInWords } from "../window.ts";

/** Everything that somebody can be told of. `test` goes to the one target that it is for. */
export const ALERT_TYPES = [
  "budget.threshold",
  "vault_key.refusals",
  "vault_key.retry_storm",
  "vault_key.revoked",
  "call.unknown",
  "call.over_hold",
  "approval.requested",
  "approval.resolved",
] as const;

export type AlertType = (typeof ALERT_TYPES)[number];

/** Stands before the id of a card in a link's `url`: whoever sends it out makes the link itself, which is a secret. */
export const APPROVAL_LINK = "approval:";

/**
 * One thing that happened, as it is told. It leaves the machine: no key is in it, and nothing of a customer's, but for
 * what a person is asked to approve.
 */
export interface News {
  readonly type: AlertType | "test";
  /** One sentence for a person. */
  readonly summary: string;
  /** For programs: flat, and in the admin API's spelling. */
  readonly data: Readonly<Record<string, NewsValue>>;
  /** Where a person can do something about it. */
  readonly links?: readonly { readonly text: string; readonly url: string }[];
  /** When it happened; the moment at which it was found, where nobody knows. */
  readonly at: number;
  /** What happens before the end of a mark of this name, nobody is told (again). */
  readonly once: AlertMark;
  /** What else has been told with it. */
  readonly alsoMarks?: readonly AlertMark[];
}

export type NewsValue = string | number | boolean | null | readonly string[];

/** A budget at the moment of the look. */
export interface ReachedBudget {
  readonly bookId: number;
  /** Null for a key's own. */
  readonly name: string | null;
  readonly capMicros: number;
  readonly windowMs: number | null;
  readonly usedMicros: number;
}

interface KeyName {
  readonly vaultKeyId: string;
  readonly vaultKeyName: string;
}

/** Once in a window, or for good in a lifetime's; a new cap is a new threshold. */
export function budgetReached(budget: ReachedBudget, key: KeyName, percent: number, at: number): News {
  const { bookId, name, capMicros, windowMs, usedMicros } = budget;
  const who = name === null ? `The vault key '${key.vaultKeyName}'` : `The budget '${name}'`;
  const cap = `${dollars(capMicros)} ${windowInWords(windowMs)}`;
  return {
    at,
    type: "budget.threshold",
    summary: `${who} has used ${percent} % of its ${cap}: ${dollars(usedMicros)} are spent or held.`,
    data: {
      budget: name,
      vault_key_id: name === null ? key.vaultKeyId : null,
      vault_key_name: name === null ? key.vaultKeyName : null,
      percent,
      usd_cap: toUsd(capMicros),
      usd_used: toUsd(usedMicros),
      window: formatWindow(windowMs),
    },
    once: {
      name: `budget:${bookId}:${percent}:${capMicros}`,
      until: windowMs === null ? null : at + windowMs,
    },
  };
}

/** More refusals, or repeats, of one key in a short time than anybody means. */
export interface Burst extends KeyName {
  readonly calls: number;
  /** When the last of them was booked. */
  readonly endedAt: number;
  /** By code; `replayed` without one. */
  readonly codes: Readonly<Record<string, number>>;
}

export function refused({ vaultKeyId, vaultKeyName, calls, codes, endedAt: at }: Burst): News {
  const seconds = LIMITS.alertBurstMs / 1000;
  const why = Object.keys(codes).join(", ");
  return {
    at,
    type: "vault_key.refusals",
    summary: `${calls} calls of the vault key '${vaultKeyName}' were refused within ${seconds} s: ${why}.`,
    data: {
      ...{ vault_key_id: vaultKeyId, vault_key_name: vaultKeyName, calls, within_seconds: seconds },
      codes: Object.keys(codes),
    },
    once: { name: `refusals:${vaultKeyId}`, until: at + LIMITS.alertBurstQuietMs },
  };
}

export function repeated({ vaultKeyId, vaultKeyName, calls, endedAt: at }: Burst): News {
  const seconds = LIMITS.alertBurstMs / 1000;
  return {
    at,
    type: "vault_key.retry_storm",
    summary: `The vault key '${vaultKeyName}' repeated acts ${calls} times within ${seconds} s. None was executed twice.`,
    data: { vault_key_id: vaultKeyId, vault_key_name: vaultKeyName, calls, within_seconds: seconds },
    once: { name: `repeats:${vaultKeyId}`, until: at + LIMITS.alertBurstQuietMs },
  };
}

function troubled(calls: readonly TroubledCall[]) {
  const usdMicros = calls.reduce((sum, call) => sum + call.usdMicros, 0);
  const ids = calls.slice(0, LIMITS.alertNamesShown).map(({ callId }) => callId);
  return { count: calls.length === 1 ? "1 call" : `${calls.length} calls`, usdMicros, ids };
}

/** Calls of one key of which nobody heard: told together, each once. */
export function unknownOf(
  key: KeyName,
  calls: readonly TroubledCall[],
  told: readonly AlertMark[],
  at: number,
): News {
  const { count, usdMicros, ids } = troubled(calls);
  return {
    at,
    type: "call.unknown",
    summary: `Nobody knows what became of ${count} of the vault key '${key.vaultKeyName}': ${dollars(usdMicros)} stay held.`,
    data: {
      ...{ vault_key_id: key.vaultKeyId, vault_key_name: key.vaultKeyName },
      ...{ calls: calls.length, usd: toUsd(usdMicros), call_ids: ids },
    },
    once: { name: `unknown:${key.vaultKeyId}`, until: at + LIMITS.alertQuietMs },
    alsoMarks: told,
  };
}

/** Money of one key that moved beyond what was held for it. */
export function overHoldOf(
  key: KeyName,
  calls: readonly TroubledCall[],
  told: readonly AlertMark[],
  at: number,
): News {
  const { count, usdMicros, ids } = troubled(calls);
  return {
    at,
    type: "call.over_hold",
    summary: `${dollars(usdMicros)} more moved than was held for ${count} of the vault key '${key.vaultKeyName}'. Somebody should look.`,
    data: {
      ...{ vault_key_id: key.vaultKeyId, vault_key_name: key.vaultKeyName },
      ...{ calls: calls.length, usd_over_hold: toUsd(usdMicros), call_ids: ids },
    },
    once: { name: `over-hold:${key.vaultKeyId}`, until: at + LIMITS.alertQuietMs },
    alsoMarks: told,
  };
}

/** Together, because leases revoke their keys as they end. */
export function revokedKeys(keys: readonly RevokedKey[], told: readonly AlertMark[], at: number): News {
  const shown = keys.slice(0, LIMITS.alertNamesShown);
  const names = shown.map(({ name }) => `'${name}'`).join(", ");
  const more = keys.length > shown.length ? ` and ${keys.length - shown.length} more` : "";
  return {
    at,
    type: "vault_key.revoked",
    summary: `${keys.length === 1 ? "A vault key was" : `${keys.length} vault keys were`} revoked: ${names}${more}.`,
    data: {
      vault_keys: keys.length,
      vault_key_ids: shown.map(({ id }) => id),
      vault_key_names: shown.map(({ name }) => name),
    },
    once: { name: "revoked", until: at + LIMITS.alertQuietMs },
    alsoMarks: told,
  };
}

export function testNews(name: string, id: string, at: number): News {
  return {
    at,
    type: "test",
    summary: `This is a test from Keybrake for '${name}'. Nothing happened.`,
    data: { test: true },
    once: { name: `test:${id}`, until: at },
  };
}
