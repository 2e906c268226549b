import { describe, expect, test } from "vitest";
import { type Grant, widerIn } from "./narrower.ts";
import { allowsOperation, parsePolicy } from "./policy.ts";
import { stripe } from "./vendors/stripe/index.ts";

/** Random trees: 10^6 of them with KEYBRAKE_TREES=1000000. */
const TREES = Number(process.env.KEYBRAKE_TREES ?? 1000);

/** A million take minutes. */
const LONG = { timeout: 1_800_000 };

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const OPERATIONS = [
  "charges.create",
  "refunds.create",
  "customers.list",
  "customers.retrieve",
  "quotes.accept",
];
const PATTERNS = [...OPERATIONS, "charges.*", "customers.*", "reads", "*"];
const RUNS = ["r", "s", null];
const CURRENCIES = ["usd", "eur"];
const CUSTOMERS = ["cus_a", "cus_b"];

type Random = () => number;
const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
const some = <T>(random: Random, items: readonly T[]): T[] => items.filter(() => random() < 0.5);
const orNull = <T>(random: Random, value: T): T | null => (random() < 0.4 ? null : value);

/** What a policy says of what it was not told: parsed once, since that takes longer than all that is tried with it. */
const SILENT = parsePolicy({ allowed_operations: [] });

function grant(random: Random): Grant {
  const policy = {
    ...SILENT,
    allowed_operations: some(random, PATTERNS),
    max_micros_per_call: orNull(random, pick(random, [1, 2, 3])),
    currencies: orNull(random, some(random, CURRENCIES)),
    customers: orNull(random, some(random, CUSTOMERS)),
    accounts: some(random, ["acct_1", "acct_2"]),
    allow_raw_cards: random() < 0.5,
    assume_micros: random() < 0.5 ? {} : { "quotes.accept": pick(random, [0, 5]) },
    bind: orNull(random, { run_id: pick(random, RUNS), conversation_id: null }),
    approval: orNull(random, {
      ...{ above_micros: orNull(random, pick(random, [1, 2])), ask_at: null },
      ...{ operations: null, expires_in_ms: 1000 },
    }),
    enforcement: pick(random, ["enforce", "observe"]),
    may_delegate: orNull(random, { keys: pick(random, [1, 5]), depth: pick(random, [1, 2]) }),
  } as const satisfies Grant["policy"];
  return {
    ...{ vendor: "stripe", account: "default", simulate: random() < 0.1, policy },
    capMicros: orNull(random, pick(random, [0, 1, 2])),
    budgets: some(random, ["team"]),
    expiresAt: pick(random, [10, 20]),
    maxCalls: orNull(random, pick(random, [1, 2])),
    ratePerMinute: orNull(random, pick(random, [1, 2])),
  };
}

/** Mostly a little different: independent ones are seldom narrower. */
function changed(random: Random, parent: Grant): Grant {
  const other = grant(random);
  const take = <T extends object>(from: T, more: T): T => {
    const entries = Object.entries(from).map(([name, value]) => [
      name,
      name === "policy" || random() > 0.15 ? value : more[name as keyof T],
    ]);
    return Object.fromEntries(entries) as T;
  };
  return { ...take(parent, other), policy: take(parent.policy, other.policy) };
}

interface Wanted {
  readonly operation: string;
  readonly currency: string;
  readonly customer: string | null;
  readonly account: string | null;
  readonly run: string | null;
  readonly micros: number;
  readonly card: boolean;
  readonly at: number;
}

/** The policy once more, in words of its own: whether a call passes without a person. */
function passes({ policy, capMicros, expiresAt, maxCalls, ratePerMinute }: Grant, call: Wanted): boolean {
  const listed = (list: readonly string[] | null, item: string | null) =>
    list === null || (item !== null && list.includes(item));
  if (call.at >= expiresAt || maxCalls === 0 || ratePerMinute === 0) return false;
  if (capMicros !== null && call.micros > capMicros) return false;
  if (policy.enforcement === "observe") return true;
  if (!allowsOperation(policy, stripe, call.operation)) return false;
  if (call.operation === "quotes.accept" && policy.assume_micros[call.operation] === undefined) return false;
  if (policy.max_micros_per_call !== null && call.micros > policy.max_micros_per_call) return false;
  const { above_micros: asks = null } = policy.approval ?? {};
  if (asks !== null && call.micros > asks) return false;
  if (policy.bind !== null && policy.bind.run_id !== null && policy.bind.run_id !== call.run) return false;
  if (call.account !== null && !policy.accounts.includes(call.account)) return false;
  if (call.card && !policy.allow_raw_cards) return false;
  return listed(policy.currencies, call.currency) && listed(policy.customers, call.customer);
}

function wanted(random: Random): Wanted {
  return {
    ...{ operation: pick(random, OPERATIONS), currency: pick(random, CURRENCIES) },
    ...{ customer: pick(random, [...CUSTOMERS, null]), account: pick(random, ["acct_1", "acct_2", null]) },
    ...{ run: pick(random, RUNS), micros: pick(random, [0, 1, 2, 3]), card: random() < 0.2 },
    at: pick(random, [0, 15]),
  };
}

describe("a key below another", () => {
  test("can do nothing that one above it cannot, in any of many random trees", LONG, () => {
    let narrower = 0;
    // An assertion for each call would take nearly all of the time.
    const wrong: string[] = [];
    for (let seed = 0; seed < TREES; seed++) {
      const random = randomOf(seed);
      const line = [grant(random)];
      for (let depth = 0; depth < 3; depth++) {
        const parent = line.at(-1) as Grant;
        const child = changed(random, parent);
        if (widerIn(parent, child, stripe) !== null) continue;
        narrower++;
        line.push(child);
        for (let call = 0; call < 8; call++) {
          const asked = wanted(random);
          if (!passes(child, asked) || line.every((above) => passes(above, asked))) continue;
          wrong.push(`seed ${seed}: ${JSON.stringify(asked)}`);
        }
        const leaves = (above: Grant) => above.budgets.some((budget) => !child.budgets.includes(budget));
        if (line.some(leaves)) wrong.push(`seed ${seed}: ${JSON.stringify(child.budgets)}`);
      }
    }
    expect(wrong).toEqual([]);
    // Not because there were none.
    expect(narrower).toBeGreaterThan(TREES / 10);
  });

  test("with a field that nobody knows is wider, on whichever side it stands, and so is one that says less", () => {
    const plain = { ...grant(randomOf(1)), simulate: false };
    const whole: Grant = { ...plain, policy: { ...plain.policy, may_delegate: null } };
    expect(widerIn(whole, whole, stripe)).toBeNull();
    const odd = { ...whole, policy: { ...whole.policy, new_power: false } };
    for (const [parent, child] of [
      [whole, odd],
      [odd, whole],
      [odd, odd],
    ] as const)
      expect(widerIn(parent, child, stripe)).toBe("new_power");
    for (const field of Object.keys(whole.policy)) {
      const left = Object.entries(whole.policy).filter(([name]) => name !== field);
      const less = { ...whole, policy: Object.fromEntries(left) as unknown as Grant["policy"] };
      expect(widerIn(whole, less, stripe), field).toBe(field);
    }
  });
});
