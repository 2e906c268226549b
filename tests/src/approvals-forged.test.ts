import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectHttp } from "./mcp-clients.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/*
 * Tries to have something executed that no person has agreed to: over HTTP and over MCP. Seeded, so that a failure is
 * played again by its number; KEYBRAKE_FORGED_TRIES makes a night of it. The adapters play theirs in the contract.
 */
const TRIES = Number(process.env.KEYBRAKE_FORGED_TRIES ?? 120);
/** More would be refused unseen in this minute, and so prove nothing. */
const TRIES_PER_KEY = 60;

const LONG = { timeout: 30_000 + TRIES * 30 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const issue = () =>
  stack.issue({ allowed_operations: ["*"], daily_usd_cap: 1_000_000, approval: { above_usd: 100 } });

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

/** A key of which a person has approved one charge, or denied it, or whose card has ended. */
async function decided(kind: number): Promise<{ readonly key: IssuedKey; readonly id: string }> {
  const key = await issue();
  const { body } = await send(key, ASKED);
  const id: string = body.error.keybrake.approval_id;
  if (kind === 2) stack.advance(24 * 3_600_000 - 1);
  await stack.admin(`/approvals/${id}/${kind === 1 ? "deny" : "approve"}`, { method: "POST", body: {} });
  if (kind === 2) stack.advance(1);
  return { key, id };
}

test(
  `${TRIES} forged, changed, replayed, expired and foreign tries over HTTP: none is executed`,
  LONG,
  async () => {
    for (let from = 0; from < TRIES; from += TRIES_PER_KEY) {
      const { key, id } = await decided(from === 0 ? 0 : pick(from, "kind", 2));
      const foreign = await issue();
      const before = await executed();
      const seeds = Array.from({ length: Math.min(TRIES_PER_KEY, TRIES - from) }, (_, index) => from + index);
      const answers = await Promise.all(
        seeds.map((seed) => {
          const change = CHANGES[seed % CHANGES.length];
          if (seed % 7 === 6 || change === undefined) return send(foreign, withProof(ASKED, seed, id));
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
  const { key } = await decided(0);
  const before = await executed();
  const named = Array.from({ length: 40 }, (_, index) =>
    withHeaders(ASKED, { "idempotency-key": `race-${key.id}-${index}` }),
  );
  const raced = await Promise.all(named.map((made) => send(key, made)));
  expect(raced.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await executed()).toBe(before + 1);
  const late = await decided(2);
  expect((await send(late.key, ASKED)).status).toBeGreaterThanOrEqual(400);
  expect(await executed()).toBe(before + 1);
});

test("over MCP neither a client's yes nor an argument is one", async () => {
  const key = await issue();
  const ACT = { customer_id: "cus_demo_alice", amount_cents: 50_000, reference: "r1" };
  const headers = { "x-agent-run-id": "run-mcp" };
  const session = await connectHttp(stack, key.vault_key, { era: "2025", headers });
  const before = await executed();
  const asked = await session.call("create_charge", ACT);
  expect(asked).toMatchObject({
    ...{ ok: false, final: false, code: "approval_required" },
    approval: { id: expect.stringMatching(/^apr_/), expires_at: expect.any(String) },
  });
  const id = String((asked.approval as { id?: string } | undefined)?.id);
  for (const forged of [{ approved: true }, { approval: id }, { approval_id: id }]) {
    expect(await session.call("create_charge", { ...ACT, ...forged })).toMatchObject({ ok: false });
  }
  await stack.admin(`/approvals/${id}/approve`, { method: "POST", body: {} });
  for (let seed = 0; seed < Math.min(TRIES, 15); seed++) {
    const changed = { ...ACT, amount_cents: 50_001 + pick(seed, "mcp", 1_000_000) };
    expect(await session.call("create_charge", changed)).toMatchObject({ ok: false });
    const said = { ...ACT, reference: `r1-${seed}` };
    expect(await session.call("create_payment_intent", said)).toMatchObject({ ok: false });
  }
  expect(await executed()).toBe(before);
  expect(await session.call("create_charge", ACT)).toMatchObject({ ok: true });
  expect(await session.call("create_charge", ACT)).toMatchObject({ ok: true, replayed: true });
  expect(await executed()).toBe(before + 1);
});
