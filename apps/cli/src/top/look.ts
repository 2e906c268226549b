import type { AdminClient, AuditRow, BudgetInfo, VaultKeyInfo } from "@keybrake/core";
import { pagesOf } from "../admin/pages.ts";

/** Over which time calls are counted, so that a rate is no single call's. */
export const RATE_SECONDS = 10;
/** What one look reads at most: more keys, or more calls in the time, are said to be more. */
const KEYS_READ = 2_000;
const ROWS_READ = 5_000;

/** What goes on at one moment. Money in US dollars. */
export interface Look {
  readonly at: number;
  readonly calls_per_second: number;
  readonly refused_per_second: number;
  /** There were more calls than are counted. */
  readonly at_least: boolean;
  /** Reserved, and not known to have moved: of the keys shown. */
  readonly held: number;
  readonly keys: readonly KeyLook[];
  readonly budgets: readonly Pick<BudgetInfo, "name" | "usd_cap" | "window" | "spent" | "held">[];
}

export interface KeyLook
  extends Pick<VaultKeyInfo, "id" | "name" | "role" | "status" | "spent" | "held" | "calls"> {
  /** Its own, in any 24 h; null: budgets alone bound it. */
  readonly cap: number | null;
  readonly calls_per_second: number;
  readonly refused_per_second: number;
}

async function recentRows(admin: AdminClient, now: number): Promise<readonly AuditRow[]> {
  const from = new Date(now - RATE_SECONDS * 1000).toISOString();
  const rows: AuditRow[] = [];
  for await (const { data } of pagesOf((page) => admin.audit.list({ from, ...page }), ROWS_READ))
    rows.push(...data);
  return rows;
}

function perSecond(rows: readonly AuditRow[]): Pick<KeyLook, "calls_per_second" | "refused_per_second"> {
  const count = (some: readonly AuditRow[]) => some.reduce((sum, { times }) => sum + times, 0) / RATE_SECONDS;
  return {
    calls_per_second: count(rows),
    refused_per_second: count(rows.filter(({ decision }) => decision === "denied")),
  };
}

/** The busiest first, then those that have used most of their caps. */
function byUse(one: KeyLook, other: KeyLook): number {
  const used = ({ spent, held, cap }: KeyLook) => (cap === null || cap === 0 ? 0 : (spent + held) / cap);
  return (
    other.calls_per_second - one.calls_per_second ||
    used(other) - used(one) ||
    one.name.localeCompare(other.name)
  );
}

/** Reads keys, budgets and the calls of the last seconds; changes nothing. Keys that have ended are left out. */
export async function look(admin: AdminClient, now: number): Promise<Look> {
  const rows = await recentRows(admin, now);
  const ofKey = Map.groupBy(rows, ({ vault_key_id }) => vault_key_id);
  const keys: KeyLook[] = [];
  for await (const { data } of pagesOf(admin.vaultKeys.list, KEYS_READ)) {
    for (const { id, name, role, status, policy, spent, held, calls } of data) {
      const own = ofKey.get(id) ?? [];
      if (own.length === 0 && (status === "revoked" || status === "expired")) continue;
      keys.push({ id, name, role, status, cap: policy.daily_usd_cap, spent, held, calls, ...perSecond(own) });
    }
  }
  const budgets: BudgetInfo[] = [];
  for await (const { data } of pagesOf(admin.budgets.list, KEYS_READ)) budgets.push(...data);
  return {
    at: now,
    ...perSecond(rows),
    at_least: rows.length >= ROWS_READ,
    held: keys.reduce((sum, key) => sum + key.held, 0),
    keys: keys.toSorted(byUse),
    budgets: budgets.map(({ name, usd_cap, window, spent, held }) => ({
      name,
      usd_cap,
      window,
      spent,
      held,
    })),
  };
}
