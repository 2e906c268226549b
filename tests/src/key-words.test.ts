import { clientInstruction } from "@keybrake/core";
import type { Ledger } from "@keybrake/ledger";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";
import { UNKNOWN_KEY } from "./wire.ts";

/** Who sends the wrong key is told what it is, as far as its text shows, and no more. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const said = async (authorization?: string) => {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${stack.url}/v1/customers`, { headers });
  const { error } = (await response.json()) as { error: Refused };
  expect({ status: response.status, code: error.code }).toEqual({ status: 401, code: "invalid_vault_key" });
  // What is so, and once what to do now.
  const { reason } = error.keybrake;
  expect(reason).not.toMatch(/\b(?:send|use|give|issue|leave|take|stop)\b/i);
  expect(error.message).toBe(`${reason} ${clientInstruction("invalid_vault_key")}`);
  return error.message;
};

interface Refused {
  readonly code: string;
  readonly message: string;
  readonly keybrake: { readonly reason: string };
}

test.each<[string, string | undefined, RegExp]>([
  ["no key", undefined, /^No vault key was sent/],
  ["an empty one", "Bearer ", /^No vault key was sent/],
  ["a raw Stripe key", "Bearer sk_live_abc", /one of Stripe's own keys, which are never accepted here/],
  ["the proxy's own credential", `Bearer ${UPSTREAM_KEY}`, /one of Stripe's own keys/],
  [
    "a live key on a proxy of test credentials",
    `Bearer vk_live_${"x".repeat(43)}`,
    /is a live key .* test credentials/,
  ],
  ["a key that nobody issued", `Bearer ${UNKNOWN_KEY}`, /does not know this vault key/],
  ["half a key", `Bearer ${UNKNOWN_KEY.slice(0, 20)}`, /no vault key/],
  ["something else", "Bearer hello", /no vault key: they begin with vk_/],
])("%s", async (_name, authorization, words) => {
  expect(await said(authorization)).toMatch(words);
});

test("an admin key gets the words of any text that is none: whoever guesses one learns nothing", async () => {
  const words = await said(`Bearer ${stack.adminKey}`);
  expect(words).toMatch(/An admin key is for \/admin alone/);
  expect(words).toBe(await said("Bearer another-long-enough-text"));
});

test("what a key's text alone refuses asks no store: it is said while there is none", async () => {
  let fails = false;
  const failing = <P>(ledger: Ledger<P>): Ledger<P> => ({
    ...ledger,
    findVaultKeyByHash: (hash) =>
      fails ? Promise.reject(new Error("the disk is full")) : ledger.findVaultKeyByHash(hash),
  });
  await using down = await startStack({ ledger: failing });
  const { vault_key } = await down.issue();
  fails = true;
  const codes = async (key: string) => (await down.call(key, "GET", "/v1/customers")).body.error.code;
  expect(await codes(vault_key)).toBe("store_unavailable");
  expect(await codes(UNKNOWN_KEY)).toBe("store_unavailable");
  for (const refused of ["hello", UPSTREAM_KEY, `vk_live_${"x".repeat(43)}`])
    expect(await codes(refused)).toBe("invalid_vault_key");
});
