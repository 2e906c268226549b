/**
 * The vault keys and budgets of every program: own and shared caps, parents and grandparents, several windows, every way
 * to tell acts apart, both ways to count what is unpaid, further limits, a key that simulates.
 */

const HOUR_MS = 3_600_000;

export interface BudgetSpec {
  readonly name: string;
  readonly capUsd: number;
  /** As the API writes it, and in milliseconds; null for a lifetime. */
  readonly window: string;
  readonly windowMs: number | null;
  readonly parent: string | null;
}

export const BUDGETS: readonly BudgetSpec[] = [
  { name: "company", capUsd: 220, window: "30d", windowMs: 720 * HOUR_MS, parent: null },
  { name: "team", capUsd: 60, window: "24h", windowMs: 24 * HOUR_MS, parent: "company" },
  { name: "squad", capUsd: 35, window: "24h", windowMs: 24 * HOUR_MS, parent: "team" },
  { name: "sprint", capUsd: 25, window: "90m", windowMs: 1.5 * HOUR_MS, parent: null },
  { name: "trial", capUsd: 70, window: "lifetime", windowMs: null, parent: "company" },
];

export interface KeySpec {
  readonly name: string;
  /** Its own rolling 24 hours. */
  readonly dailyUsdCap: number | null;
  readonly budgets: readonly string[];
  readonly policy: Readonly<Record<string, unknown>>;
}

export const KEYS: readonly KeySpec[] = [
  { name: "plain", dailyUsdCap: 40, budgets: [], policy: {} },
  { name: "teammate", dailyUsdCap: 45, budgets: ["team"], policy: {} },
  { name: "sprinter", dailyUsdCap: null, budgets: ["team", "sprint"], policy: {} },
  { name: "trialist", dailyUsdCap: null, budgets: ["trial"], policy: { dedupe: "act" } },
  { name: "pretender", dailyUsdCap: 40, budgets: ["team"], policy: { simulate: true } },
  { name: "holder", dailyUsdCap: 40, budgets: ["company"], policy: { unpaid_intents: "hold" } },
  {
    name: "squaddie",
    dailyUsdCap: null,
    // A budget and an ancestor of its own: each counts a call once.
    budgets: ["squad", "team"],
    policy: { unpaid_intents: "hold", dedupe: "act" },
  },
  {
    name: "strict",
    dailyUsdCap: 45,
    budgets: ["squad"],
    policy: { dedupe: "key", max_usd_per_call: 20, currencies: ["usd", "eur"], rate_per_minute: 4 },
  },
  { name: "sampler", dailyUsdCap: 30, budgets: ["trial"], policy: { max_calls: 7 } },
];

/** One limit that what a key moves counts against. */
export interface Limit {
  readonly name: string;
  readonly capMicros: number;
  readonly windowMs: number | null;
}

/** All limits of a key: its own cap, its budgets and their ancestors. Whole dollars, so no fraction is rounded. */
export function limitsOf(key: KeySpec): readonly Limit[] {
  const own = key.dailyUsdCap === null ? [] : [limit(key.name, key.dailyUsdCap, 24 * HOUR_MS)];
  const shared = new Map<string, Limit>();
  for (let names = [...key.budgets]; names.length > 0; ) {
    const found = BUDGETS.filter(({ name }) => names.includes(name));
    for (const { name, capUsd, windowMs } of found) shared.set(name, limit(name, capUsd, windowMs));
    names = found.flatMap(({ parent }) => (parent === null ? [] : [parent]));
  }
  return [...own, ...shared.values()];
}

function limit(name: string, capUsd: number, windowMs: number | null): Limit {
  return { name, capMicros: capUsd * 1_000_000, windowMs };
}
