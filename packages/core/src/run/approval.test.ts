import { describe, expect, test } from "vitest";
import { mustAsk, mustAskFor } from "./approval.ts";

const charge = { customer_id: "cus_1", amount_cents: 2900 };

describe("a person is asked", () => {
  test.each([
    ["false: not", () => false, false],
    ["true", () => true, true],
    ["nothing at all", () => undefined as never, true],
    ["a promise of false: not", async () => false, false],
    ["a throw", () => expect.unreachable(), true],
    ["a rejection", () => Promise.reject(new Error("down")), true],
  ])("%s", async (_answer, check, asked) => {
    expect(await mustAsk(check)).toBe(asked);
  });

  test("about exactly the input that would be executed", async () => {
    const judged: unknown[] = [];
    const check = (...given: unknown[]) => judged.push(given) > 0;
    expect(await mustAskFor("create_charge", { ...charge, currency: "USD" }, check)).toBe(true);
    const rest = { description: null, billing_period: null, reference: null };
    expect(judged).toEqual([[{ ...charge, currency: "usd", ...rest }, "create_charge"]]);
  });

  test("about no input that is invalid", async () => {
    expect(await mustAskFor("create_charge", { amount_cents: -1 }, () => true)).toBe(false);
  });
});
