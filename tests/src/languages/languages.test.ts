import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../packages/proxy/src/limits.ts";
import { type IssuedKey, type Stack, startStack } from "../stack.ts";
import { isAskedFor, LANGUAGES } from "./asked.ts";
import { type Asked, type Command, type Refused, type Seen, startAgent } from "./language.ts";

/**
 * Stripe's official packages of other languages, unmodified, with a key of the default policy: a lost answer is one charge,
 * and refusals are taken for what they are, without being sent again.
 */
describe.each(LANGUAGES)("$package", (language) => {
  describe.skipIf(!isAskedFor(language))(
    isAskedFor(language) ? "through the proxy" : `(left out: \`pnpm test:languages ${language.name}\`)`,
    () => {
      let stack: Stack;
      let folder: string;
      let program: Command;
      let storeIsDown = false;
      let refusedByStore = 0;

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "keybrake-language-"));
        program = await language.build(folder);
        stack = await startStack({
          ledger: (ledger) => ({
            ...ledger,
            admit: (request) => {
              if (!storeIsDown) return ledger.admit(request);
              refusedByStore += 1;
              return Promise.reject(new Error("disk full"));
            },
          }),
        });
      }, 900_000);
      afterAll(async () => {
        await stack?.[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      });
      beforeEach(async () => {
        await stack.control.reset();
        await stack.control.clearFaults();
      });

      const agentOf = (
        key: IssuedKey,
        { root = stack.url, retries = undefined as number | undefined } = {},
      ) => startAgent(program, { vaultKey: key.vault_key, base: language.baseOf(root), retries });
      const made = async () => (await stack.control.summary()).charges.created;
      const rows = (key: IssuedKey) => stack.auditRows(`&vault_key_id=${key.id}`);
      const loseAnswers = (times: number) =>
        stack.control.addFault({ kind: "drop_after", operation: "charges.create", times });
      const june: Asked = { act: "charge", amount: 300, reference: "june" };

      test("charges, with a row that names the key which the package made up", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key);
        const { id, error } = await agent.ask(june);
        expect(error).toBeNull();
        expect(id).toMatch(/^ch_/);
        const [row, ...others] = await rows(key);
        expect(others).toEqual([]);
        expect(row).toMatchObject({ operation: "charges.create", object_id: id, state: "posted" });
        expect(row?.idempotency_key).not.toBeNull();
      });

      test("an answer is lost, and the agent charges again: one charge, the first", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key);
        await loseAnswers(agent.settings.retries + 1);
        const lost = await agent.ask(june);
        expectRefusal(lost, "lostAnswer", { status: 504, code: "outcome_unknown" });
        await stack.control.clearFaults();
        const again = await agent.ask(june);
        expect(again).toMatchObject({ id: expect.stringMatching(/^ch_/), error: null });
        // An agent that was started anew, with a key that its package makes up anew.
        await using next = await agentOf(key);
        expect(await next.ask(june)).toEqual(again);
        expect(await made()).toBe(1);
      });

      test("one answer is lost: what the package does by itself makes no second charge", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key, { retries: 2 });
        await loseAnswers(1);
        const seen = await agent.ask(june);
        if (language.retriesAnswers) expect(seen.error).toBeNull();
        else expectRefusal(seen, "lostAnswer", { status: 504, code: "outcome_unknown" });
        expect(await made()).toBe(1);
        expect(await rows(key)).toHaveLength(language.retriesAnswers ? 2 : 1);
      });

      test("two agents charge for the same at once: one charge", async () => {
        const key = await stack.issue();
        await using one = await agentOf(key);
        await using other = await agentOf(key);
        await stack.control.addFault({ kind: "delay", operation: "charges.create", delay_ms: 500, times: 1 });
        const [first, second] = await Promise.all([one.ask(june), other.ask(june)]);
        expect(first).toMatchObject({ error: null });
        expect(second).toEqual(first);
        expect(await made()).toBe(1);
      });

      test("charges with references of their own are charges of their own", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key);
        const july: Asked = { act: "charge", amount: 300, reference: "july" };
        expect((await agent.ask(june)).id).not.toBe((await agent.ask(july)).id);
        expect(await made()).toBe(2);
      });

      function expectRefusal(seen: Seen, refused: Refused, error: { status: number; code: string }) {
        expect(seen).toMatchObject({ id: "", error: { ...error, kind: language.kinds[refused] } });
        expect(JSON.stringify(seen)).not.toMatch(/vk_(test|live)_[A-Za-z0-9]/);
      }

      /** A refusal that no repeat can change is sent once. */
      async function expectOnce(
        key: IssuedKey,
        asked: Asked,
        ...expected: [refused: Refused, error: { status: number; code: string }]
      ): Promise<Seen> {
        await using agent = await agentOf(key, { retries: 2 });
        const before = (await rows(key)).length;
        const seen = await agent.ask(asked);
        expectRefusal(seen, ...expected);
        expect((await rows(key)).length - before).toBe(1);
        return seen;
      }

      test("403: not an operation of the key", async () => {
        const key = await stack.issue();
        const refund: Asked = { act: "refund", charge: "ch_1" };
        const seen = await expectOnce(key, refund, "notAllowed", {
          status: 403,
          code: "operation_not_allowed",
        });
        expect(seen.error?.message).toMatch(/does not allow refunds\.create.*Stop/);
      });

      test("429: the cap", async () => {
        const key = await stack.issue({ role: "billing", daily_usd_cap: 2 });
        const seen = await expectOnce(key, june, "cap", { status: 429, code: "spend_cap_exceeded" });
        expect(seen.error?.message).toMatch(/^Spend cap reached.*Stop/);
      });

      test("402: the cap, when the policy says so", async () => {
        const key = await stack.issue({ role: "billing", daily_usd_cap: 2, cap_status: 402 });
        await expectOnce(key, june, "capAs402", { status: 402, code: "spend_cap_exceeded" });
      });

      test("401: a revoked key, at the next call", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key);
        expect((await agent.ask(june)).error).toBeNull();
        await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
        const seen = await agent.ask({ ...june, reference: "july" });
        expectRefusal(seen, "revoked", { status: 401, code: "vault_key_revoked" });
        expect((await rows(key)).filter(({ code }) => code === "vault_key_revoked")).toHaveLength(1);
        expect(await made()).toBe(1);
      });

      test("409: an equal charge that is worded otherwise is held back, and names the first", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key);
        const { id } = await agent.ask(june);
        const worded: Asked = { ...june, description: "once more" };
        const seen = await expectOnce(key, worded, "possibleRepeat", {
          status: 409,
          code: "possible_repeat",
        });
        expect(seen.error?.message).toContain(id);
        expect(await made()).toBe(1);
      });

      test("503: nothing can be said for certain, and the package does not insist", async () => {
        const key = await stack.issue();
        await using agent = await agentOf(key, { retries: 2 });
        storeIsDown = true;
        refusedByStore = 0;
        try {
          const seen = await agent.ask(june);
          expectRefusal(seen, "storeDown", { status: 503, code: "store_unavailable" });
          expect(refusedByStore).toBe(1);
        } finally {
          storeIsDown = false;
        }
        // The store is back: the same act goes through, once.
        expect((await agent.ask(june)).error).toBeNull();
        expect(await made()).toBe(1);
      });

      test("no proxy: an error of the connection, in seconds", async () => {
        const key = await stack.issue();
        // Port 9 (discard) listens nowhere that tests run.
        await using agent = await agentOf(key, { root: "http://127.0.0.1:9" });
        const seen = await agent.ask(june);
        expect(seen).toMatchObject({ id: "", error: { kind: language.kinds.unreachable, status: 0 } });
      });

      test("waits longer for an answer than the proxy for its own", async () => {
        await using agent = await agentOf(await stack.issue());
        const longest = Math.max(LIMITS.inFlightWaitMs, LIMITS.upstreamTimeoutMs);
        expect(agent.settings.timeout_ms).toBeGreaterThan(longest);
        expect(agent.settings.retries).toBe(language.retries);
      });
    },
  );
});
