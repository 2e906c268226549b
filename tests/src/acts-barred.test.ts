import { LIMITS } from "@keybrake/proxy";
import { expect, test } from "vitest";
import { type IssuedKey, startStack } from "./stack.ts";

/** Before: 600 refusals after a lost answer barred its safe repeat until the next minute. */
test("a lost answer can be asked for beyond the limit of refusals, once a second, and nothing else can", async () => {
  let now = Math.floor(Date.now() / 60_000) * 60_000 + 1_000;
  await using stack = await startStack({ environment: { clock: () => now, wall: () => now } });
  const [lost, other] = [await stack.issue(), await stack.issue()];
  const bill = ({ vault_key }: IssuedKey, amount: string) =>
    stack.call(vault_key, "POST", "/v1/charges", { form: { amount, currency: "usd", source: "tok_visa" } });
  await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
  expect((await bill(lost, "2900")).status).toBe(504);
  for (const key of [lost, other]) {
    for (let round = 0; round <= LIMITS.refusalsPerMinute / 40; round++)
      await Promise.all(Array.from({ length: 40 }, () => bill(key, "-1")));
    const barred = await bill(key, "2900");
    expect(barred.body.error.code).toBe("refusals_limited");
    expect(Number(barred.headers.get("retry-after")) > 1).toBe(key === other);
  }
  now += 1_000;
  expect((await bill(other, "2900")).body.error.code).toBe("refusals_limited");
  const found = await bill(lost, "2900");
  expect({ status: found.status, replayed: found.headers.get("idempotent-replayed") }).toEqual({
    status: 200,
    replayed: "true",
  });
  // Nothing is lost any more.
  now += 1_000;
  expect((await bill(lost, "2900")).body.error.code).toBe("refusals_limited");
  expect((await stack.control.summary()).charges.created).toBe(1);
}, 120_000);
