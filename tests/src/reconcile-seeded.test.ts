/*
 * Seeded runs of a few acts each, through an upstream that loses, refuses and fails, with Stripe's own approvals
 * among them. Once it is back, every unknown and awaiting row is settled within a quarter of an hour, as Stripe has
 * it, and nothing is executed for that. Before, such rows stayed for ever. KEYBRAKE_RECONCILER_RUNS=1000 for the long
 * form; KEYBRAKE_SEED replays one run.
 */
import Stripe from "stripe";
import { expect, test } from "vitest";
import { type AuditRow, type IssuedKey, type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

const RUNS = Number(process.env.KEYBRAKE_RECONCILER_RUNS ?? 15);
const ONE_SEED = process.env.KEYBRAKE_SEED;
const ACTS = 6;
const MINUTES = 15;
const MINUTE_MS = 60_000;

const OPERATIONS = [
  "charges.create",
  "charges.capture",
  "paymentIntents.create",
  "paymentIntents.confirm",
  "paymentIntents.cancel",
  "refunds.create",
];
const FAULTS = ["drop_before", "drop_after", "error_before", "error_after", "unavailable"] as const;

/** Mulberry32: a number from 0 to 1 each time, the same ones for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Run {
  readonly stack: Stack;
  readonly stripe: Stripe;
  readonly seed: number;
  readonly random: () => number;
  readonly charges: string[] = [];
  readonly uncaptured: string[] = [];
  readonly intents: string[] = [];
  readonly approvals = new Set<string>();

  constructor(stack: Stack, seed: number) {
    this.stack = stack;
    this.seed = seed;
    this.random = randomOf(seed);
    const { hostname, port } = new URL(stack.emulator.url);
    this.stripe = new Stripe(UPSTREAM_KEY, { host: hostname, port, protocol: "http" });
  }

  below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  pick<T>(values: readonly T[]): T | undefined {
    return values[this.below(values.length)];
  }

  /** One act: what it asks for, as far as there is something to ask it of. */
  request(): { path: string; form: Record<string, string | number> } {
    const amount = 100 + this.below(900);
    const kind = this.below(6);
    const [charge, uncaptured, intent] = [this.charges, this.uncaptured, this.intents].map((ids) =>
      this.pick(ids),
    );
    if (kind === 0 && uncaptured !== undefined)
      return { path: `/v1/charges/${uncaptured}/capture`, form: {} };
    if (kind === 1 && charge !== undefined)
      return { path: "/v1/refunds", form: { charge, amount: 1 + this.below(99) } };
    if (kind === 2 && intent !== undefined)
      return { path: `/v1/payment_intents/${intent}/confirm`, form: { payment_method: "pm_card_visa" } };
    if (kind === 3 && intent !== undefined) return { path: `/v1/payment_intents/${intent}/cancel`, form: {} };
    if (kind === 4) return { path: "/v1/payment_intents", form: { amount, currency: "usd" } };
    const source = this.random() < 0.1 ? "tok_chargeDeclined" : "tok_visa";
    const capture = this.random() < 0.3 ? "false" : "true";
    return { path: "/v1/charges", form: { amount, currency: "usd", source, capture } };
  }

  async act(key: IssuedKey, number: number): Promise<void> {
    const { path, form } = this.request();
    const headers = { "idempotency-key": `seed-${this.seed}-act-${number}` };
    const tries = this.random() < 0.3 ? 2 : 1;
    for (let count = 0; count < tries; count++) {
      const { status, body } = await this.stack.call(key.vault_key, "POST", path, { form, headers });
      const waiting = body?.error?.approval_request;
      if (typeof waiting === "string") this.approvals.add(waiting);
      if (status === 200 && body.object === "charge")
        (body.captured === true ? this.charges : this.uncaptured).push(body.id);
      if (status === 200 && body.object === "payment_intent") this.intents.push(body.id);
    }
  }

  async breakUpstream(): Promise<void> {
    const { control } = this.stack;
    for (const kind of FAULTS) {
      if (this.random() < 0.6)
        await control.addFault({ kind, probability: this.random() / 3, seed: this.below(2 ** 31) });
    }
    if (this.random() < 0.4) await control.addApprovalRule({ operation: "charges.create", amount_over: 400 });
    if (this.random() < 0.4) await control.addApprovalRule({ operation: "refunds.create", amount_over: 50 });
    await control.setLag({ list_ms: this.below(2 * MINUTE_MS + 1) });
  }

  /** People decide at some time within the first ten minutes. */
  async decide(minute: number): Promise<void> {
    for (const id of this.approvals) {
      if (minute < 10 && this.random() < 0.7) continue;
      this.approvals.delete(id);
      if (this.random() < 0.5) await this.stack.control.approve(id, { after_ms: this.below(2 * MINUTE_MS) });
      else await this.stack.control.deny(id);
    }
  }

  /** Whether Stripe has what a row is about, told by Stripe alone. */
  async happened({ operation, call_id: id, path }: AuditRow): Promise<boolean> {
    const { stripe } = this;
    const bears = ({ metadata }: { metadata: Stripe.Metadata | null }) => metadata?.keybrake_call === id;
    const named = path.split("/")[3] ?? "";
    switch (operation) {
      case "charges.create":
        return (await stripe.charges.list({ limit: 100 })).data.some(
          (charge) => charge.status === "succeeded" && bears(charge),
        );
      case "paymentIntents.create":
        return (await stripe.paymentIntents.list({ limit: 100 })).data.some(bears);
      case "refunds.create":
        return (await stripe.refunds.list({ limit: 100 })).data.some(bears);
      case "charges.capture":
        return (await stripe.charges.retrieve(named)).captured;
      case "paymentIntents.confirm":
        return (await stripe.paymentIntents.retrieve(named)).status === "succeeded";
      case "paymentIntents.cancel":
        return (await stripe.paymentIntents.retrieve(named)).status === "canceled";
      default:
        throw new Error(`no truth about ${operation}`);
    }
  }
}

const isOpen = ({ state }: AuditRow) => state === "unknown" || state === "awaiting";

async function play(stack: Stack, seed: number): Promise<number> {
  const { control } = stack;
  const run = new Run(stack, seed);
  await control.reset();
  const key = await stack.issue({
    ...{ allowed_operations: OPERATIONS, daily_usd_cap: 1000, expires_in_seconds: 7 * 86_400, dedupe: "key" },
  });
  const rows = () => stack.auditRows(`&vault_key_id=${key.id}`);
  await run.breakUpstream();
  for (let number = 0; number < ACTS; number++) await run.act(key, number);
  await control.clearFaults();
  const open = (await rows()).filter(isOpen);

  const writes = async () => (await control.requests()).data.filter(({ method }) => method !== "GET").length;
  const before = await writes();
  for (let minute = 1; minute <= MINUTES; minute++) {
    await run.decide(minute);
    stack.advance(MINUTE_MS);
    await control.advance(MINUTE_MS);
    expect((await stack.admin("/reconcile", { method: "POST", body: {} })).status).toBe(200);
  }
  expect(await writes(), "the reconciler executes nothing").toBe(before);

  await control.setLag({ list_ms: 0 });
  const settled = new Map((await rows()).map((row) => [row.call_id, row]));
  for (const { call_id: id } of open) {
    const row = settled.get(id) ?? {};
    const expected = (await run.happened(row)) ? "posted" : "voided";
    expect(`${row.operation} ${row.state} by ${row.settled_by}`).toBe(
      `${row.operation} ${expected} by reconciler`,
    );
  }
  expect((await stack.ledger.verify(0)).problems).toEqual([]);
  const { held, spent } = (await stack.admin(`/vault-keys/${key.id}`)).body;
  const posted = [...settled.values()].filter(({ state }) => state === "posted");
  const moved = posted.reduce((sum, { usd_cents }) => sum + usd_cents, 0);
  expect({ held, cents: Math.round(spent * 100) }).toEqual({ held: 0, cents: moved });
  return open.length;
}

test(`${RUNS} seeded runs: all that is unknown or awaiting is settled as Stripe has it`, {
  timeout: 60_000 + RUNS * 20_000,
}, async () => {
  await using stack = await startStack();
  const seeds =
    ONE_SEED === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(ONE_SEED)];
  let settled = 0;
  for (const seed of seeds) {
    try {
      settled += await play(stack, seed);
    } catch (error) {
      throw new Error(`KEYBRAKE_SEED=${seed}`, { cause: error });
    }
  }
  expect(settled).toBeGreaterThan(ONE_SEED === undefined ? RUNS / 2 : -1);
});
