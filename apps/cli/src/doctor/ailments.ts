import type { AdminClient, BudgetInfo, VaultKeyInfo } from "@keybrake/core";
import { pagesOf } from "../admin/pages.ts";
import { formatMicros } from "../format/money.ts";
import { printable } from "../format/printable.ts";
import type { Finding, Group } from "../verify/check.ts";

const MINUTE_MS = 60_000;
/** The reconciler settles what it can within ten minutes; what is older wants a person. */
const UNSETTLED_MS = 15 * MINUTE_MS;
const ENDING_MS = 60 * MINUTE_MS;
const SKEW_MS = MINUTE_MS;
/** Of a cap: whoever operates it has time to act. */
const LEFT_MIN = 0.1;
/** More names than these in a line say no more. */
const NAMES_MAX = 5;
/** Rows of what should not be there at all. */
const ROWS_MAX = 100;

async function allOf<T>(pages: AsyncIterable<{ readonly data: readonly T[] }>): Promise<readonly T[]> {
  const rows: T[] = [];
  for await (const { data } of pages) rows.push(...data);
  return rows;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).map((name) => printable(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** Null when there are none. */
function finding(names: readonly string[], says: (count: string) => string): Finding {
  if (names.length === 0) return null;
  const count = names.length === ROWS_MAX ? `${ROWS_MAX} or more` : String(names.length);
  return `${says(count)}: ${named(names)}`;
}

function isNearlyUsed({ usd_cap, remaining }: BudgetInfo): boolean {
  return usd_cap > 0 && remaining <= usd_cap * LEFT_MIN;
}

function isKeyNearlyUsed({ policy: { daily_usd_cap: cap, simulate }, spent, held }: VaultKeyInfo): boolean {
  return !simulate && cap !== null && cap > 0 && cap - spent - held <= cap * LEFT_MIN;
}

const nameOf = ({ name, id }: VaultKeyInfo) => `${name} (${id})`;

async function unsettled(admin: AdminClient, now: number): Promise<Finding> {
  const to = new Date(now - UNSETTLED_MS).toISOString();
  const { data } = await admin.audit.list({ state: "unknown", to, limit: ROWS_MAX });
  const held = formatMicros(data.reduce((sum, { usd_micros }) => sum + usd_micros, 0));
  const ids = data.map(({ call_id }) => call_id);
  return finding(ids, (count) => `${count} hold ${held} (keybrake reconcile, keybrake calls settle)`);
}

/** What an operator would want to know of a proxy that runs: money that nobody has settled, caps, ends, stops. */
export async function checkState(admin: AdminClient, group: Group, now: number): Promise<void> {
  await group.check("no call has an unknown outcome for long", () => unsettled(admin, now));
  const keys = await allOf(pagesOf(admin.vaultKeys.list, 0));
  const active = keys.filter(({ status }) => status === "active");
  await group.check("no key in use ends within the hour", () => {
    const ending = active.filter(
      ({ expires_at, calls }) => calls > 0 && Date.parse(expires_at) < now + ENDING_MS,
    );
    return finding(ending.map(nameOf), (count) => `${count} will be refused soon`);
  });
  await group.check("no key has used nine tenths of its cap", () =>
    finding(
      active.filter(isKeyNearlyUsed).map(nameOf),
      (count) => `${count} nearly used up (keybrake keys set)`,
    ),
  );
  await group.check("no shared budget is nearly used up", async () => {
    const budgets = (await allOf(pagesOf(admin.budgets.list, 0))).filter(isNearlyUsed);
    return finding(
      budgets.map(({ name }) => name),
      (count) => `${count} with a tenth or less left (keybrake budgets set)`,
    );
  });
  await group.check("nothing is stopped or paused", async () => {
    const stops = (await admin.stops.list()).data.map(({ id }) => id);
    const paused = keys.filter(({ status }) => status === "paused").map(nameOf);
    return finding([...stops, ...paused], (count) => `${count} (keybrake stops, keybrake keys resume)`);
  });
  await group.check("nobody waits for a person", async () => {
    const { data } = await admin.approvals.list({ status: "pending", limit: ROWS_MAX });
    return finding(
      data.map(({ id }) => id),
      (count) => `${count} asked for (keybrake approvals)`,
    );
  });
}

/** By the Date of an answer: keys that ended and windows that rolled over look wrong to whoever has another time. */
export async function checkClock(
  { proxyUrl, fetch }: { readonly proxyUrl: string; readonly fetch: typeof globalThis.fetch },
  group: Group,
  clock: () => number,
): Promise<void> {
  await group.check("its clock is this machine's", async () => {
    const { headers } = await fetch(`${proxyUrl}/healthz`, { redirect: "manual" });
    const date = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(date)) return "its answers have no Date";
    const differs = Math.abs(date - clock());
    return differs <= SKEW_MS ? null : `they differ by ${Math.round(differs / 1000)} s`;
  });
}
