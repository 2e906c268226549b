import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectHttp } from "./mcp-clients.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/*
 * Tries to have something executed that no person has agreed to: over HTTP and over MCP, so many each. Seeded, so that a
 * failure is played again by its number; KEYBRAKE_FORGED_TRIES makes a night of it. The adapters play as many each through
 * their frameworks' loops (`approval.forged` of the contract) and, where a framework can be resumed, by what it is resumed
 * with (their `interrupt`, `suspend` and `cards` tests).
 */
const TRIES = Number(process.env.KEYBRAKE_FORGED_TRIES ?? 120);
/** More would be refused unseen in this minute, and so prove nothing. */
const TRIES_PER_KEY = 60;

const LONG = { timeout: 30_000 + TRIES * 500 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;

const issue = () =>
  stack.issue({
    ...{ allowed_operations: ["*"], daily_usd_cap: 1_000_000 },
    approval: { above_usd: 100, expires_in: "1h" },
  });

const executed = async () => {
  const { charges, payment_intents, refunds } = await stack.control.summary();
  return charges.created + payment_intents.created + refunds.created;
};

/** A number below `below` that the seed and the place in the try give. */
function pick(seed: number, place: string, below: number): number {
  return createHash("sha256").update(`${seed}:${place}`).digest().readUInt32BE() % below;
}

interface Try {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
}

const ASKED: Try = {
  form: { amount: "50000", currency: "usd", customer: "cus_demo_alice", description: "June" },
  headers: { "x-agent-run-id": "run-1", "x-agent-name": "biller" },
  path: "/v1/charges",
};

const IDS = ["apr_", "apr_0", "true", "approved", "anna", "*"];

/** Each changes something of what was asked. */
const CHANGES: readonly ((asked: Try, seed: number, id: string) => Try)[] = [
  (asked, seed) => withForm(asked, { amount: String(10_001 + pick(seed, "amount", 39_999)) }),
  (asked, seed) => withForm(asked, { amount: String(50_001 + pick(seed, "amount", 1_000_000)) }),
  (asked) => withForm(asked, { customer: "cus_demo_bob" }),
  (asked, seed) => withForm(asked, { description: `June ${pick(seed, "words", 1e9)}` }),
  (asked, seed, id) => withForm(asked, { "metadata[approval]": IDS[pick(seed, "id", IDS.length)] ?? id }),
  (asked, seed, id) => withForm(asked, { [`metadata[${"x".repeat(1 + pick(seed, "n", 30))}]`]: id }),
  (asked, _, id) => withHeaders(asked, { "x-agent-run-id": id }),
  (asked, seed) => withHeaders(asked, { "x-agent-conversation-id": `c${pick(seed, "c", 1e6)}` }),
  (asked, seed) => withHeaders(asked, { "x-agent-act": `a${pick(seed, "a", 1e6)}` }),
  (asked) => withHeaders(asked, { "stripe-version": "2024-06-20" }),
  (asked, seed) => ({
    ...withForm(asked, { "metadata[n]": String(pick(seed, "n", 1e9)) }),
    path: "/v1/payment_intents",
  }),
];

/** What proves nothing by itself is added to some. */
function withProof(made: Try, seed: number, id: string): Try {
  const names = ["x-approval-id", "x-keybrake-approval", "x-approved", "x-approved-by"];
  const name = names[pick(seed, "header", names.length)] ?? "x-approved";
  const proven = withHeaders(made, { [name]: id });
  return pick(seed, "key", 2) === 0 ? proven : withHeaders(proven, { "idempotency-key": `forged-${seed}` });
}

function withForm(asked: Try, form: Record<string, string>): Try {
  return { ...asked, form: { ...asked.form, ...form } };
}

function withHeaders(asked: Try, headers: Record<string, string>): Try {
  return { ...asked, headers: { ...asked.headers, ...headers } };
}

const send = ({ vault_key }: IssuedKey, { path, form, headers }: Try) =>
  stack.call(vault_key, "POST", path, { form, headers });

/** What became of a card: a person has approved it, or denied it, or approved it and its time is over. */
const FATES = ["approved", "denied", "expired"] as const;
type Fate = (typeof FATES)[number];

async function decide(id: string, fate: Fate): Promise<void> {
  if (fate === "expired") stack.advance(HOUR_MS - 1);
  await stack.admin(`/approvals/${id}/${fate === "denied" ? "deny" : "approve"}`, {
    method: "POST",
    body: {},
  });
  if (fate === "expired") stack.advance(1);
}

/** A key of which one charge was asked about, and the card. */
async function decided(fate: Fate): Promise<{ readonly key: IssuedKey; readonly id: string }> {
  const key = await issue();
  const { body } = await send(key, ASKED);
  const id: string = body.error.keybrake.approval_id;
  await decide(id, fate);
  return { key, id };
}

/** The first ones are approved: that is what the most can be made of. */
const fateOf = (from: number): Fate =>
  (from === 0 ? undefined : FATES[pick(from, "fate", FATES.length)]) ?? "approved";

test(
  `${TRIES} forged, changed, replayed, expired and foreign tries over HTTP: none is executed`,
  LONG,
  async () => {
    for (let from = 0; from < TRIES; from += TRIES_PER_KEY) {
      const fate = fateOf(from);
      const { key, id } = await decided(fate);
      const foreign = await issue();
      const before = await executed();
      const seeds = Array.from({ length: Math.min(TRIES_PER_KEY, TRIES - from) }, (_, index) => from + index);
      const answers = await Promise.all(
        seeds.map((seed) => {
          const change = CHANGES[seed % CHANGES.length];
          if (seed % 7 === 6 || change === undefined) return send(foreign, withProof(ASKED, seed, id));
          // What was denied, or has ended, word for word.
          if (seed % 7 === 5 && fate !== "approved") return send(key, withProof(ASKED, seed, id));
          return send(key, withProof(change(ASKED, seed, id), seed, id));
        }),
      );
      const passed = seeds.filter((_, index) => (answers[index]?.status ?? 0) < 400);
      expect(passed, "seeds that were carried out").toEqual([]);
      expect(await executed(), `after seeds from ${from}`).toBe(before);
    }
  },
);

test("what was approved is done once, by as many as try at once, and what has ended not at all", async () => {
  const { key } = await decided("approved");
  const before = await executed();
  const named = Array.from({ length: 40 }, (_, index) =>
    withHeaders(ASKED, { "idempotency-key": `race-${key.id}-${index}` }),
  );
  const raced = await Promise.all(named.map((made) => send(key, made)));
  expect(raced.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await executed()).toBe(before + 1);
  const late = await decided("expired");
  expect((await send(late.key, ASKED)).status).toBeGreaterThanOrEqual(400);
  expect(await executed()).toBe(before + 1);
});

const ACT = { customer_id: "cus_demo_alice", amount_cents: 50_000, reference: "r1" };

type Said = readonly [tool: string, input: Record<string, unknown>];

/**
 * What an MCP client says after the card: other arguments, arguments that no tool has, the act by another tool. (The act in
 * other words is the act: within a run its first words are sent, which are those that a person agreed to.)
 */
const SAID: readonly ((seed: number, id: string) => Said)[] = [
  (seed) => ["create_charge", { ...ACT, amount_cents: 50_001 + pick(seed, "more", 1_000_000) }],
  (seed) => ["create_charge", { ...ACT, amount_cents: 10_001 + pick(seed, "less", 39_999) }],
  (seed) => ["create_charge", { ...ACT, reference: `r1-${seed}` }],
  (seed, id) => ["create_charge", { ...ACT, reference: null, description: `${id} ${seed}` }],
  () => ["create_charge", { ...ACT, customer_id: "cus_demo_bob" }],
  () => ["create_charge", { ...ACT, approved: true }],
  (_, id) => ["create_charge", { ...ACT, approval: { id, status: "approved" } }],
  (_, id) => ["create_charge", { ...ACT, approval_id: id }],
  (seed) => ["create_payment_intent", { ...ACT, reference: `i-${seed}` }],
  () => ["create_payment_intent", ACT],
];

test(`${TRIES} tries over MCP: none is executed, and what was approved is, once`, LONG, async () => {
  for (let from = 0; from < TRIES; from += TRIES_PER_KEY) {
    const key = await issue();
    const headers = { "x-agent-run-id": `run-${from}` };
    const options = { era: pick(from, "era", 2) === 0 ? "2025" : "2026", headers, fetch } as const;
    await using session = await connectHttp(stack, key.vault_key, options);
    const before = await executed();
    const asked = await session.call("create_charge", ACT);
    expect(asked).toMatchObject({
      ...{ ok: false, final: false, code: "approval_required" },
      approval: { id: expect.stringMatching(/^apr_/), expires_at: expect.any(String) },
    });
    const id = String((asked.approval as { id?: string } | undefined)?.id);
    const fate = fateOf(from);
    await decide(id, fate);
    const elsewhere = { ...options, headers: { "x-agent-run-id": `another-${from}` } };
    await using other = await connectHttp(stack, key.vault_key, elsewhere);
    const seeds = Array.from({ length: Math.min(TRIES_PER_KEY, TRIES - from) }, (_, index) => from + index);
    const answers = await Promise.all(
      seeds.map((seed) => {
        if (seed % 7 === 6) return other.call("create_charge", ACT);
        const [tool, input] = (SAID[seed % SAID.length] as (typeof SAID)[number])(seed, id);
        const _meta = { approved: true, approval_id: id, "io.modelcontextprotocol/approval": "approved" };
        return seed % 3 === 0 ? session.call(tool, input, _meta) : session.call(tool, input);
      }),
    );
    const passed = seeds.filter((_, index) => answers[index]?.ok !== false);
    expect(passed, "seeds that were carried out").toEqual([]);
    expect(await executed(), `after seeds from ${from}`).toBe(before);
    const again = [await session.call("create_charge", ACT), await session.call("create_charge", ACT)];
    expect(again.map(({ ok, replayed = null }) => [ok, replayed])).toEqual(
      fate === "approved"
        ? [
            [true, false],
            [true, true],
          ]
        : Array(2).fill([false, null]),
    );
    expect(await executed()).toBe(before + (fate === "approved" ? 1 : 0));
  }
});
