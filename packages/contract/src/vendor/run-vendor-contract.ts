import { clientInstruction } from "@keybrake/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { VendorUnderTest } from "./vendor-under-test.ts";
import { type Key, startVendorWorld, type VendorWorld } from "./world.ts";

/**
 * What every vendor must show through the real proxy, over real sockets: that its calls go out once and are counted,
 * that what is refused goes out never, and that no key goes where it does not belong. `beside`: other vendors of the
 * same proxy; the first of all has the root.
 */
export function runVendorContract(
  subject: VendorUnderTest,
  { beside = [] }: { readonly beside?: readonly VendorUnderTest[] } = {},
): void {
  const { vendor, credential, calls } = subject;
  const { write, usdMicros } = calls;
  const usd = usdMicros / 1_000_000;
  let world: VendorWorld;
  let count = 0;
  const next = () => {
    count += 1;
    return count;
  };
  const nextAct = () => write(next());
  const nextKey = () => `contract-${next()}`;
  const all = [calls.writeOperation, calls.unpriceableOperation, calls.readOperation];
  const issue = (policy: Readonly<Record<string, unknown>> = {}): Promise<Key> =>
    world.issue({ allowed_operations: all, daily_usd_cap: usd * 10, ...policy });
  const usage = async (key: Key) => {
    const { spent, held } = await world.admin(`/vault-keys/${key.id}`);
    return { spent, held };
  };

  describe(`the vendor contract: ${vendor.title}`, () => {
    beforeAll(async () => {
      const [first, ...others] = [...beside, subject];
      world = await startVendorWorld([first ?? subject, ...others], subject);
    });
    afterAll(() => world.close());
    beforeEach(() => {
      world.sent.length = 0;
      world.instead.length = 0;
    });

    test("an allowed call goes out once, with the credential and not the vault key, and is counted", async () => {
      const key = await issue();
      const executed = await world.standIn.executed();
      const answer = await world.call(key, nextAct(), nextKey());
      expect({ status: answer.status, code: answer.code }).toEqual({ status: 200, code: null });
      expect(world.sent).toHaveLength(1);
      const out = JSON.stringify(world.sent);
      expect(out).toContain(credential);
      expect(out).not.toContain(key.vaultKeySecret);
      expect(answer.text).not.toContain(credential);
      expect(await world.standIn.executed()).toHaveLength(executed.length + 1);
      const [row] = await world.rows(key);
      expect(row).toMatchObject({
        operation: calls.writeOperation,
        decision: "allowed",
        state: "posted",
        usd_micros: usdMicros,
      });
      expect(row?.object_id).toEqual(expect.any(String));
      expect(await world.admin(`/vault-keys/${key.id}`)).toMatchObject({ vendor: vendor.name });
      expect(await usage(key)).toEqual({ spent: usd, held: 0 });
    });

    test("what was made bears the vault key's id, and nobody else may write it", async () => {
      const key = await issue();
      await world.call(key, nextAct(), nextKey());
      expect(await world.standIn.executed()).toContain(key.id);
      world.sent.length = 0;
      expect((await world.call(key, calls.reserved, nextKey())).code).toBe("metadata_reserved");
      expect(world.sent).toEqual([]);
    });

    test("a read goes out and costs nothing", async () => {
      const key = await issue();
      const answer = await world.call(key, calls.read);
      expect(answer.text).not.toContain(credential);
      expect(world.sent).toHaveLength(1);
      expect((await world.rows(key))[0]).toMatchObject({ operation: calls.readOperation, state: "none" });
    });

    test("no operation, one that the key lacks, and one without a price go nowhere", async () => {
      const reader = await issue({ allowed_operations: [calls.readOperation] });
      expect((await world.call(reader, calls.unknown, nextKey())).code).toBe("operation_not_allowed");
      expect((await world.call(reader, nextAct(), nextKey())).code).toBe("operation_not_allowed");
      const key = await issue();
      expect((await world.call(key, calls.unpriceable, nextKey())).code).toBe("amount_unknown");
      expect(world.sent).toEqual([]);
      expect((await world.rows(reader)).map(({ operation }) => operation)).toEqual([
        calls.writeOperation,
        null,
      ]);
      expect((await world.rows(key))[0]).toMatchObject({ operation: calls.unpriceableOperation });
    });

    test("what would pass the cap goes nowhere", async () => {
      const key = await issue({ daily_usd_cap: usd });
      expect((await world.call(key, nextAct(), nextKey())).status).toBe(200);
      const over = await world.call(key, nextAct(), nextKey());
      expect(over).toMatchObject({ status: 429, code: "spend_cap_exceeded" });
      expect(world.sent).toHaveLength(1);
      expect(await usage(key)).toEqual({ spent: usd, held: 0 });
    });

    test("a repeat is answered by the first, and another act under its key is refused", async () => {
      const key = await issue();
      const [request, name] = [nextAct(), nextKey()];
      const first = await world.call(key, request, name);
      const again = await world.call(key, request, name);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(again.text).toBe(first.text);
      expect((await world.call(key, nextAct(), name)).code).toBe("idempotency_error");
      expect(world.sent).toHaveLength(1);
    });

    test("a lost answer is unknown and keeps its hold; it is sent again only where the vendor remembers", async () => {
      const key = await issue();
      const executed = (await world.standIn.executed()).length;
      const [request, name] = [nextAct(), nextKey()];
      world.instead.push({ kind: "unknown", reason: "ECONNRESET" });
      expect(await world.call(key, request, name)).toMatchObject({ status: 504, code: "outcome_unknown" });
      expect((await world.rows(key))[0]).toMatchObject({ state: "unknown", usd_micros: usdMicros });
      expect(await usage(key)).toEqual({ spent: 0, held: usd });
      const again = await world.call(key, request, name);
      if (vendor.idempotencyMemoryMs > 0) {
        expect(again.status).toBe(200);
        expect(world.sent).toHaveLength(2);
        expect(world.sent[1]).toEqual(world.sent[0]);
        expect(await usage(key)).toEqual({ spent: usd, held: 0 });
      } else {
        expect(again.code).toBe("outcome_unresolved");
        expect(world.sent).toHaveLength(1);
        expect(await usage(key)).toEqual({ spent: 0, held: usd });
      }
      expect(await world.standIn.executed()).toHaveLength(executed + 1);
    });

    test("what the vendor declines is voided", async () => {
      const key = await issue();
      const answer = await world.call(key, calls.declined, nextKey());
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect((await world.rows(key))[0]).toMatchObject({ decision: "allowed", state: "voided" });
      expect(await usage(key)).toEqual({ spent: 0, held: 0 });
    });

    test("what was never sent is voided, and said to be so", async () => {
      const key = await issue();
      world.instead.push({ kind: "not_sent", reason: "ECONNREFUSED" });
      const answer = await world.call(key, nextAct(), nextKey());
      expect(answer).toMatchObject({ status: 502, code: "upstream_unreachable" });
      expect(await usage(key)).toEqual({ spent: 0, held: 0 });
    });

    test("an answer that quotes the credential is not passed on", async () => {
      const key = await issue();
      world.instead.push(subject.refusedCredential(credential));
      const answer = await world.call(key, nextAct(), nextKey());
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text + JSON.stringify([...answer.headers])).not.toContain(credential);
      expect(JSON.stringify(await world.rows(key))).not.toContain(credential);
      expect(await usage(key)).toEqual({ spent: 0, held: 0 });
    });

    test("a key of the vendor's or of ours that a caller puts anywhere is in no row, and in no answer", async () => {
      const key = await issue();
      const { path } = calls.read;
      for (const secret of [credential, key.vaultKeySecret]) {
        const named = { "x-agent-name": secret, "x-agent-run-id": secret, "x-agent-turn": `turn ${secret}` };
        const answers = [
          await world.call(key, calls.read, undefined, subject, named),
          await world.call(key, { ...calls.read, path: `${path}/${secret}` }),
          await world.call(key, nextAct(), secret),
        ];
        expect(answers[2]?.code).toBe("request_invalid");
        expect(answers.map(({ text }) => text).join()).not.toContain(secret);
      }
      const rows = await world.rows(key);
      expect(rows.length).toBe(6);
      const shown = JSON.stringify(rows);
      expect(shown).not.toContain(credential);
      expect(shown).not.toContain(key.vaultKeySecret);
    });

    test("a simulate key never calls the vendor, and its acts have one object each", async () => {
      const key = await issue({ simulate: true });
      const request = nextAct();
      const first = await world.call(key, request, nextKey());
      const second = await world.call(key, request, nextKey());
      expect(first.status === 200 || first.code !== null).toBe(true);
      // A second may have ended between them.
      const undated = ({ text }: { text: string }) => text.replace(/"created":\d+/, "");
      expect(undated(second)).toBe(undated(first));
      expect(world.sent).toEqual([]);
    });

    test("the vendor's own key is no vault key, and a refusal has the vendor's shape", async () => {
      expect(vendor.isOwnKey(credential)).toBe(true);
      const raw = await world.call({ vaultKeySecret: credential }, calls.read);
      expect(raw).toMatchObject({ status: 401, code: "invalid_vault_key" });
      expect(raw.text).toContain(`${vendor.title}'s own key`);
      expect(raw.text).toContain(clientInstruction("invalid_vault_key"));
      expect(raw.text).not.toContain(credential);
      expect(world.sent).toEqual([]);
    });

    test.each(beside.map((other) => [other.vendor.title, other] as const))(
      "a key of this vendor is refused on %s's paths, with a row",
      async (_title, other) => {
        const key = await issue();
        const answer = await world.call(key, other.calls.read, undefined, other);
        expect(answer.code).toBe("operation_not_allowed");
        expect(answer.text).toContain(`is for ${vendor.title}`);
        expect((await world.rows(key))[0]).toMatchObject({ operation: null, code: "operation_not_allowed" });
        expect(world.sent).toEqual([]);
      },
    );
  });
}
