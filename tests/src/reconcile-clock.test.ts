import { expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/*
 * Once, a call that was sent while the proxy's clock ran two hours ahead was looked for from an hour ahead on, after the
 * clock was set right and the proxy started again: Stripe's list did not show it, and what was executed was voided.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test.each<[string, number, boolean, "drop_after" | "drop_before", string]>([
  ["two hours ahead", 2, true, "drop_after", "posted"],
  ["two hours ahead, before Stripe ever answered", 2, false, "drop_after", "posted"],
  ["two hours behind", -2, true, "drop_after", "posted"],
  ["two hours ahead, not executed", 2, true, "drop_before", "voided"],
  ["two hours ahead, not executed, before Stripe ever answered", 2, false, "drop_before", "voided"],
])(
  "sent by a clock %s, and settled by one that is right",
  async (_name, aheadHours, answered, fault, outcome) => {
    let wrongMs = aheadHours * HOUR_MS;
    await using stack: Stack = await startStack({ environment: { clock: () => Date.now() + wrongMs } });
    const pass = async (milliseconds: number) => {
      stack.advance(milliseconds);
      await stack.control.advance(milliseconds);
    };
    const key = await stack.issue({ role: "billing", daily_usd_cap: 100, expires_in_seconds: 7 * 86_400 });
    const made = (name: string) => charge(stack, key.vault_key, {}, { "idempotency-key": name });
    if (answered) expect((await made("before")).status).toBe(200);
    await stack.control.addFault({ operation: "charges.create", kind: fault, times: 1 });
    expect((await made("lost")).status).toBe(504);
    await stack.stopProxy();
    wrongMs = 0;
    await pass(3 * HOUR_MS);
    await stack.startProxy();
    await pass(11 * MINUTE_MS);
    const { body } = await stack.admin("/reconcile", { method: "POST", body: {} });
    expect(body.data).toMatchObject([{ outcome }]);
  },
);
