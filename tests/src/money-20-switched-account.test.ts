import { createLog, createProxy, createUndiciUpstream, VENDORS } from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";
import { describe, expect, test } from "vitest";
import { startStack } from "./stack.ts";

/**
 * Before: a claim said nothing of whose credential it was made with. A lost charge was sent again, under the same
 * vault key, to whichever Stripe account the proxy held a credential of by then.
 */
describe("another account's credential", () => {
  test("does not carry out there what was lost here", async () => {
    await using stack = await startStack();
    await using elsewhere = await startEmulator({ secretKeys: ["sk_test_another0account"] });
    const key = await stack.issue();
    const form = { amount: 2900, currency: "usd", source: "tok_visa" };
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    expect((await stack.call(key.vault_key, "POST", "/v1/charges", { form })).status).toBe(504);
    const proxy = createProxy({
      ledger: stack.ledger,
      accounts: [
        {
          vendor: VENDORS.stripe,
          upstream: createUndiciUpstream(elsewhere.url),
          credential: "sk_test_another0account",
        },
      ],
      adminKey: stack.adminKey,
      log: createLog({ level: "silent" }),
    });
    const { port } = await proxy.listen({ port: 0, host: "127.0.0.1" });
    const body = new URLSearchParams({ amount: "2900", currency: "usd", source: "tok_visa" });
    const headers = { authorization: `Bearer ${key.vault_key}` };
    await fetch(`http://127.0.0.1:${port}/v1/charges`, { method: "POST", headers, body });
    await proxy.close();
    // The lost one is as unknown as before: nothing over there has settled it.
    const rows = await stack.auditRows(`&vault_key_id=${key.id}&state=unknown`);
    expect(rows).toHaveLength(1);
    const again = await stack.call(key.vault_key, "POST", "/v1/charges", { form });
    expect(again.status).toBe(200);
    expect((await stack.control.summary()).charges.created).toBe(1);
  });
});
