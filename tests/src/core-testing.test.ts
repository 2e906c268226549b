import { billingTools } from "@keybrake/ai-sdk";
import { createRun, createToolset } from "@keybrake/core";
import { startTestProxy } from "@keybrake/core/testing";
import { startProxy } from "@keybrake/proxy";
import { describe, expect, test } from "vitest";

const JUNE = {
  customer_id: "cus_demo_alice",
  amount_cents: 2900,
  currency: "usd",
  billing_period: "2026-06",
};
const REST = { description: null, reference: null };

describe("@keybrake/core/testing", () => {
  test("a test of three lines: what is charged twice moves once", async () => {
    await using proxy = await startTestProxy(startProxy);
    const tools = createToolset("billing", {
      ...(await proxy.key({ role: "billing", daily_usd_cap: 100 })),
      run: createRun({ runId: "june" }),
    });
    const charge = tools.tools.find(({ name }) => name === "create_charge");
    await proxy.loseAnswers("charges.create", 1);
    for (const description of ["June", "June, once more"]) {
      const outcome = await charge?.execute({ ...JUNE, ...REST, description }, {});
      expect(outcome).toMatchObject({ ok: true, status: "succeeded" });
    }
    expect(await proxy.moved()).toEqual([
      { kind: "charge", amount_minor: 2900, currency: "usd", object: expect.stringMatching(/^ch_/) },
    ]);
    const calls = await proxy.calls({ run_id: "june" });
    expect(calls.map(({ decision }) => decision)).toContain("allowed");
    expect(calls[0]?.decision).toBe("allowed");
  });

  test("its keys are what adapters are made with, and its proxy refuses what the policy does", async () => {
    await using proxy = await startTestProxy(startProxy);
    const options = await proxy.key({ role: "billing", daily_usd_cap: 10, name: "tight" });
    expect(Object.keys(billingTools(options))).toContain("create_charge");
    const charge = createToolset("billing", options).tools.find(({ name }) => name === "create_charge");
    expect(await charge?.execute({ ...JUNE, ...REST }, {})).toMatchObject({
      ok: false,
      final: true,
      code: "spend_cap_exceeded",
    });
    expect(await proxy.moved()).toEqual([]);
    expect(await proxy.calls()).toMatchObject([{ decision: "denied", vault_key_name: "tight" }]);
    await expect(proxy.key({ role: "billing" })).rejects.toMatchObject({ code: "budget_required" });
  });
});
