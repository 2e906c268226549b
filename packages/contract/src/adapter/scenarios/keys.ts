import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { BOB, charge, expectDone, expectStop, JUNE, quote } from "./phrases.ts";

/** A key's life: issued for one conversation, expired, revoked; and the key that is never one of ours. */

const expiry: Scenario = {
  id: "key.expires",
  title: "the key expires in mid-run: the next write is refused, and nothing more is sent",
  seeds: [quote("semantic-kernel", "control", "Auto-expire after TTL (e.g. 1 hour per invocation)")],
  rawKey: "A live key works until somebody rotates it by hand, long after the conversation is over.",
  keybrake:
    "Every key expires: from that moment the answer is 401, the model is told to stop, and the run is closed.",
  run: async (world) => {
    const key = await world.issue({ expires_in_seconds: 3600 });
    const july = [charge({ ...JUNE, billing_period: "2026-07" })];
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [
        [charge(JUNE)],
        () => {
          world.stack.advance(3_600_001);
          return july;
        },
        july,
        "The key has expired.",
      ],
    });
    expectDone(result);
    expectStop(result.toolTexts[1], /expired/);
    expectStop(result.toolTexts[2], /expired/);
    expect(world.sent).toHaveLength(2);
    expect((await world.books()).charges.created).toBe(1);
    expect((await world.rows()).at(-1)).toMatchObject({ code: "vault_key_expired", status: 401 });
  },
};

const revocation: Scenario = {
  id: "key.revoked",
  title: "the key is revoked in mid-run: that agent stops, others go on",
  seeds: [
    quote("autogen", "control", "Revoke vault key — sub-second, conversation-isolated"),
    quote("semantic-kernel", "control", "Revoke single vault key; others unaffected"),
    quote(
      "semantic-kernel",
      "failure",
      "Revoking one agent's access doesn't require rotating the underlying Stripe key.",
    ),
    quote("autogen", "failure", "Rotating the key now affects all three."),
  ],
  rawKey: "To stop one agent the Stripe key is rotated, and every other agent stops with it.",
  keybrake:
    "A revocation that has returned is obeyed by the next call: 401 for this key, nothing for any other.",
  run: async (world) => {
    const [stopped, other] = [await world.issue(), await world.issue()];
    const july = [charge({ ...JUNE, billing_period: "2026-07" })];
    const result = await world.run({
      toolsets: [world.toolset("billing", stopped)],
      turns: [
        [charge(JUNE)],
        async () => {
          await world.revoke(stopped);
          return july;
        },
        july,
        "The key was revoked.",
      ],
    });
    expectDone(result);
    expectStop(result.toolTexts[1], /revoked/);
    expect(world.sent).toHaveLength(2);
    const going = await world.run({
      toolsets: [world.toolset("billing", other)],
      turns: [[charge({ ...JUNE, customer_id: BOB })], "Charged."],
    });
    expect(going.toolTexts[0]).toMatch(/\bch_/);
    expect((await world.books()).charges.created).toBe(2);
    expect(await world.rows({ vault_key_id: stopped.id })).toMatchObject([
      { decision: "allowed" },
      { decision: "denied", code: "vault_key_revoked", status: 401 },
    ]);
  },
};

const leased: Scenario = {
  id: "key.leased",
  title: "a key is leased for one conversation: it is revoked at its end, and expires without one",
  seeds: [
    quote("autogen", "faq", "Call the Keybrake admin API before starting the conversation."),
    quote(
      "autogen",
      "faq",
      "The vault key is single-use by the conversation and expires at the TTL regardless of whether the conversation completes.",
    ),
    quote(
      "semantic-kernel",
      "control",
      "Vault key in history is revoked after session; no live credential leak",
    ),
    quote(
      "semantic-kernel",
      "faq",
      "Each agent's container has only its issued vault key, not the admin key.",
    ),
    quote(
      "semantic-kernel",
      "failure",
      "Provision and inject the vault key at the invocation boundary — not at module import time:",
    ),
  ],
  rawKey: "The key is in the environment of every process, before, during and after each conversation.",
  keybrake: "`leaseVaultKey` issues a key for a scope and revokes it when the scope ends, however it ends.",
  run: async (world) => {
    const conversation = async (period: string) => {
      await using lease = await world.stack.admin.leaseVaultKey({
        name: "conversation-1",
        role: "billing",
        daily_usd_cap: 30,
      });
      const key = { id: lease.id, secret: lease.vaultKey };
      const toolset = world.toolset("billing", key);
      const turns = [[charge({ ...JUNE, billing_period: period })], "Done."];
      return { toolset, key, result: await world.run({ toolsets: [toolset], turns }) };
    };
    const { toolset, key, result } = await conversation("2026-06");
    expect(result.toolTexts[0]).toMatch(/\bch_/);
    expect((await world.stack.admin.vaultKeys.get(key.id)).status).toBe("revoked");
    const late = await world.run({
      toolsets: [toolset],
      turns: [[charge({ ...JUNE, billing_period: "2026-07" })], "Too late."],
    });
    expectStop(late.toolTexts[0], /revoked/);
    // One that never comes to its end.
    const { id, vaultKey } = await world.stack.admin.leaseVaultKey({
      name: "conversation-2",
      role: "billing",
      daily_usd_cap: 30,
      expires_in_seconds: 600,
    });
    world.stack.advance(600_001);
    const left = await world.run({
      toolsets: [world.toolset("billing", { id, secret: vaultKey })],
      turns: [[charge({ ...JUNE, billing_period: "2026-08" })], "It has expired."],
    });
    expectStop(left.toolTexts[0], /expired/);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const rawKey: Scenario = {
  id: "key.raw-stripe",
  title: "Stripe's own key builds no tools, and the proxy does not take it",
  seeds: [
    quote(
      "autogen",
      "faq",
      'That\'s a separate and larger surface area — code execution can import stripe with any key from any source, including os.environ["STRIPE_SECRET_KEY"].',
    ),
    quote(
      "autogen",
      "failure",
      "The Stripe key is a live secret, shared across every conversation, with no spend cap attached to it.",
    ),
  ],
  rawKey: "Whatever finds the key in the environment has all of Stripe, past every rule.",
  keybrake:
    "Only the proxy holds the Stripe key: tools refuse to be built with one, and as a vault key it is a 401.",
  run: async (world) => {
    const raw = { id: "none", secret: world.stack.credential };
    expect(() => world.toolset("billing", raw)).toThrow(/Stripe API key/);
    const answer = await fetch(`${world.stack.url}/stripe/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${raw.secret}`, "idempotency-key": "one" },
      body: new URLSearchParams({ amount: "100", currency: "usd", customer: BOB }),
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("invalid_vault_key");
    const agent = {
      toolsets: [world.toolset("billing", await world.issue())],
      turns: ["I have no such key."],
    };
    expectDone(await world.run(agent, { prompt: "Which keys do you know?" }));
    expect(await world.stripeRequests()).toBe(0);
  },
};

export const keys: readonly Scenario[] = [expiry, revocation, leased, rawKey];
