import { LIMITS } from "@keybrake/proxy";
import { describe, expect, test } from "vitest";
import { interceptedUpstream } from "./intercepted-upstream.ts";
import { type AuditRow, charge, type IssuedKey, type Stack, startStack } from "./stack.ts";

/*
 * Before: a looping agent's refusals were counted by no rate. 10,000 refused calls in 8.5 s were 10,000 rows in the
 * store and, where a price must be looked up, 10,000 requests to Stripe. Look-ups were counted nowhere.
 */
const SLOW = { timeout: 120_000 };
const AT_ONCE = 20;
const FLOOD = 1_200;
const MINUTE_MS = 60_000;

/** A stack whose clock stands still, three seconds before its minute ends, until it is moved. */
async function startStill(options: Parameters<typeof startStack>[0] = {}) {
  const upstream = interceptedUpstream();
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS + 57_000;
  const stack = await startStack({
    ...options,
    upstream: upstream.upstream,
    environment: { clock: () => now, wall: () => now },
  });
  return { stack, upstream };
}

/** So many calls, not all at once; how many were answered with each code. */
async function flood(count: number, call: (index: number) => Promise<{ body: any }>) {
  const codes = new Map<string, number>();
  let started = 0;
  const work = async () => {
    while (started < count) {
      started += 1;
      const code = (await call(started)).body.error?.code ?? "none";
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return codes;
}

async function rowsOf(stack: Stack, key: IssuedKey): Promise<AuditRow[]> {
  return stack.auditRows(`&vault_key_id=${key.id}&decision=denied`);
}

/** How many calls the rows of each code stand for. */
function countByCode(rows: readonly AuditRow[]) {
  const codes = new Map<string, number>();
  for (const { code, times } of rows) codes.set(code, (codes.get(code) ?? 0) + times);
  return codes;
}

/** Waits until the rows stand for so many calls: what they share is written when the minute ends. */
async function written(stack: Stack, key: IssuedKey, calls: number): Promise<AuditRow[]> {
  await expect
    .poll(async () => (await rowsOf(stack, key)).reduce((sum, { times }) => sum + times, 0), {
      timeout: 20_000,
    })
    .toBe(calls);
  return rowsOf(stack, key);
}

/** A key that may read Alice's charges alone: whose one is, only a look-up tells. */
function issueReader(stack: Stack): Promise<IssuedKey> {
  return stack.issue({ allowed_operations: ["charges.retrieve"], customers: ["cus_demo_alice"] });
}

async function makeCharge(stack: Stack, payer: Record<string, string>): Promise<string> {
  const { vault_key } = await stack.issue();
  const headers = { "idempotency-key": "the one charge" };
  const form = { amount: 100, currency: "usd", ...payer };
  return (await stack.call(vault_key, "POST", "/v1/charges", { form, headers })).body.id;
}

function read(stack: Stack, { vault_key }: IssuedKey, chargeId: string) {
  return stack.call(vault_key, "GET", `/v1/charges/${chargeId}`);
}

describe("a flood of refused calls of one key", SLOW, () => {
  test("has an end to its look-ups and its rows, and each refusal is in a row", async () => {
    const { stack, upstream } = await startStill();
    await using _ = stack;
    const foreign = await makeCharge(stack, { source: "tok_visa" });
    const key = await issueReader(stack);
    upstream.sent.length = 0;

    const codes = await flood(FLOOD, () => read(stack, key, foreign));
    expect([...codes.keys()].toSorted()).toEqual(["customer_not_allowed", "refusals_limited"]);
    // Those that were under way when the last of them was counted are looked at, too.
    const lookedAt = codes.get("customer_not_allowed") ?? 0;
    expect(lookedAt).toBeGreaterThanOrEqual(LIMITS.refusalsPerMinute);
    expect(lookedAt).toBeLessThan(LIMITS.refusalsPerMinute + AT_ONCE);
    expect(upstream.sent).toHaveLength(lookedAt);
    const metrics = await (await fetch(`${stack.url}/metrics`)).text();
    expect(metrics).toContain(`keybrake_look_ups_total{by="call"} ${lookedAt}\n`);

    const rows = await written(stack, key, FLOOD);
    expect(countByCode(rows)).toEqual(codes);
    const limited = rows.filter(({ code }) => code === "refusals_limited");
    // The first, and one for all others; on a machine so slow that they took more than one minute's rest, a few.
    expect(limited.length).toBeLessThanOrEqual(8);
    expect(limited[0]).toMatchObject({
      status: 429,
      state: "none",
      method: "GET",
      path: `/v1/charges/${foreign}`,
    });
    expect(limited.at(-1)?.times).toBe(1);
  });

  test("is told when to come again, and is looked at again then; other keys notice nothing", async () => {
    const { stack, upstream } = await startStill();
    await using _ = stack;
    const own = await makeCharge(stack, { customer: "cus_demo_alice" });
    const key = await issueReader(stack);
    const nothing = () => stack.call(key.vault_key, "GET", "/v1/nothing");
    await flood(LIMITS.refusalsPerMinute, nothing);

    upstream.sent.length = 0;
    const limited = await read(stack, key, own);
    expect(limited).toMatchObject({ status: 429, body: { error: { code: "refusals_limited" } } });
    expect(limited.headers.get("retry-after")).toBe("3");
    expect(limited.headers.get("stripe-should-retry")).toBe("false");
    expect(upstream.sent).toEqual([]);
    const other = await stack.issue();
    expect((await charge(stack, other.vault_key)).status).toBe(200);

    stack.advance(3_000);
    expect((await read(stack, key, own)).status).toBe(200);
  });

  test("a revoked key is told that it is, however often it asks", async () => {
    const { stack } = await startStill();
    await using _ = stack;
    const key = await stack.issue();
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    const codes = await flood(FLOOD, () => charge(stack, key.vault_key));
    expect(codes).toEqual(new Map([["vault_key_revoked", FLOOD]]));
    const rows = await written(stack, key, FLOOD);
    expect(rows.length).toBeLessThan(LIMITS.refusalsPerMinute + AT_ONCE + 8);
  });

  test("what is counted when the proxy stops is written first", async () => {
    const { stack } = await startStill();
    await using _ = stack;
    const key = await stack.issue();
    const codes = await flood(LIMITS.refusalsPerMinute + 200, () =>
      stack.call(key.vault_key, "GET", "/v1/nothing"),
    );
    await stack.stopProxy();
    await stack.startProxy();
    expect(countByCode(await rowsOf(stack, key))).toEqual(codes);
    expect(codes.size).toBe(2);
  });

  test("without a store there is no answer that no row stands for", async () => {
    let isDown = false;
    const { stack } = await startStill({
      ledger: (ledger) => ({
        ...ledger,
        record: (row) => (isDown ? Promise.reject(new Error("the disk is full")) : ledger.record(row)),
      }),
    });
    await using _ = stack;
    const key = await stack.issue();
    const nothing = () => stack.call(key.vault_key, "GET", "/v1/nothing");
    await flood(LIMITS.refusalsPerMinute, nothing);
    isDown = true;
    // The first of them has a row of its own, which fails; and so has the next.
    expect(await flood(10, nothing)).toEqual(new Map([["store_unavailable", 10]]));
    isDown = false;
    expect(await flood(10, nothing)).toEqual(new Map([["refusals_limited", 10]]));
    isDown = true;
    // Counted into a row that the store does not take at the end of the minute, and takes a minute later.
    await expect.poll(() => stack.logLines.join(""), { timeout: 20_000 }).toContain("refusals not written");
    isDown = false;
    const rows = await written(stack, key, LIMITS.refusalsPerMinute + 10);
    expect(rows.map(({ times }) => times).filter((times) => times > 1)).toEqual([9]);
  });
});

test("the look-ups of one key have an end, and those of others go on", SLOW, async () => {
  const { stack, upstream } = await startStill();
  await using _ = stack;
  // Each call is allowed, and needs one.
  const own = await makeCharge(stack, { customer: "cus_demo_alice" });
  const key = await issueReader(stack);
  const codes = await flood(LIMITS.lookUpsPerMinute + 5, () => read(stack, key, own));
  expect(codes).toEqual(
    new Map([
      ["none", LIMITS.lookUpsPerMinute],
      ["rate_limited", 5],
    ]),
  );
  upstream.sent.length = 0;
  const limited = await read(stack, key, own);
  expect(limited).toMatchObject({ status: 429, body: { error: { code: "rate_limited" } } });
  expect(limited.headers.get("retry-after")).toBe("3");
  expect(upstream.sent).toEqual([]);
  expect((await read(stack, await issueReader(stack), own)).status).toBe(200);
  stack.advance(3_000);
  expect((await read(stack, key, own)).status).toBe(200);
});
