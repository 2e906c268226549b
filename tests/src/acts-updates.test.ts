import { expect, test } from "vitest";
import { startStack } from "./stack.ts";

/** Before: every operation named `update…` was taken for one that does no harm twice, and an item was added twice. */
test("an update that adds to a bill adds once when its answer was lost, and again when it is asked again", async () => {
  await using stack = await startStack();
  const policy = {
    allowed_operations: ["*"],
    daily_usd_cap: 1000,
    assume_usd: { "subscriptions.update": 10 },
  };
  const { vault_key } = await stack.issue(policy);
  const post = (path: string, form: Record<string, string>) =>
    stack.call(vault_key, "POST", `/v1/${path}`, { form });
  const customer = (await post("customers", { source: "tok_visa" })).body.id;
  const product = (await post("products", { name: "Plan" })).body.id;
  const made = await post("subscriptions", {
    customer,
    "items[0][price_data][currency]": "usd",
    "items[0][price_data][unit_amount]": "1000",
    "items[0][price_data][product]": product,
    "items[0][price_data][recurring][interval]": "month",
  });
  const items = async () => {
    const { body } = await stack.call(vault_key, "GET", `/v1/invoiceitems?customer=${customer}`);
    return body.data.map(({ amount }: { amount: number }) => amount);
  };
  const path = `subscriptions/${made.body.id}`;
  const seat = {
    "add_invoice_items[0][price_data][currency]": "usd",
    "add_invoice_items[0][price_data][unit_amount]": "700",
    "add_invoice_items[0][price_data][product]": product,
  };
  await stack.control.addFault({ operation: "subscriptions.update", kind: "drop_after", times: 1 });
  expect((await post(path, seat)).status).toBe(504);
  expect((await post(path, seat)).status).toBe(200);
  expect(await items()).toEqual([700]);
  // Somebody knows of the first: this one is meant.
  expect((await post(path, seat)).status).toBe(200);
  expect(await items()).toEqual([700, 700]);
});
