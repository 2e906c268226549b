import { expect, test } from "vitest";
import { openAccounts } from "./accounts.ts";
import { createUndiciUpstream } from "./upstream/undici-upstream.ts";
import { stripe } from "./vendors/stripe/index.ts";

test("two accounts of one vendor are refused, without their credentials", () => {
  const upstream = createUndiciUpstream("http://127.0.0.1:9");
  const account = (credential: string) => ({ vendor: stripe, upstream, credential });
  const open = () => openAccounts([account("sk_test_one0one0"), account("sk_live_two0two0")]);
  expect(open).toThrow(expect.objectContaining({ code: "accounts_invalid" }));
  expect(open).toThrow(/^A proxy holds one account of each vendor, not two of Stripe's\.$/);
});
