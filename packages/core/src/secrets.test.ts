import { describe, expect, test } from "vitest";
import { holdsSecret, redactSecrets } from "./secrets.ts";

/** Every form of a key that we know of. */
const FORMS: Readonly<Record<string, string>> = {
  "a vault key": "vk_live_Ab3-_Ab3-_Ab3-_Ab3-_Ab3-_Ab3-_Ab3-_Ab3-_xyz",
  "a vault key for tests": "vk_test_a-B_c9",
  "a vault key of the simulation": "vk_sim_abc",
  "Stripe's secret key": "sk_live_51H8abcDEF",
  "Stripe's secret test key": "sk_test_51H8abcDEF",
  "Stripe's restricted key": "rk_live_51H8abcDEF",
  "Stripe's organisation key": "sk_org_live_51H8abcDEF",
  "Stripe's publishable key": "pk_test_51H8abcDEF",
  "Stripe's ephemeral key": "ek_test_51H8abcDEF",
  "Stripe's user key": "uk_live_51H8abcDEF",
  "Stripe's webhook secret": "whsec_abc123",
  "a key as Stripe's errors mask it": "sk_test_********************1234",
  "another mask": "rk_test_*****...qs8Kgd",
  "a prefix in capitals": "SK_live_51H8abcDEF",
  "all in capitals": "VK_TEST_51H8ABC",
};

/** As the most cautious encoder writes it. */
const escaped = (text: string) =>
  text.replaceAll(/[^A-Za-z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

describe.each(Object.entries(FORMS))("%s", (_what, key) => {
  test.each([
    ["whole", key, "[redacted]"],
    ["inside a text", `the key ${key} is wrong`, "the key [redacted] is wrong"],
    ["in a header", `Bearer ${key}`, "Bearer [redacted]"],
    [
      "in JSON",
      JSON.stringify({ error: { message: `bad: ${key}`, key } }),
      '{"error":{"message":"bad: [redacted]","key":"[redacted]"}}',
    ],
    ["in a path and a query", `/v1/${key}/x?key=${key}&a=1`, "/v1/[redacted]/x?key=[redacted]&a=1"],
    ["behind a dash or an underscore", `thread-${key} _${key}`, "thread-[redacted] _[redacted]"],
    ["twice, with a comma", `${key},${key}`, "[redacted],[redacted]"],
    ["behind an encoded space and an encoded sign", `a%20${key}+b%3D${key}`, "a%20[redacted]+b%3D[redacted]"],
    ["behind what was encoded twice", `a%2520${key}`, "a%2520[redacted]"],
    ["behind a digit", `7${key}`, "7[redacted]"],
    ["encoded", `?q=${key.replaceAll("_", "%5F")}&a=1`, "?q=[redacted]&a=1"],
    ["encoded in small letters, twice", `?q=${key.replaceAll("_", "%255f")}&a=1`, "?q=[redacted]&a=1"],
    ["encoded to the last sign", `?q=${escaped(key)}&a=1`, "?q=[redacted]&a=1"],
    ["on a command line", `--stripe-key=${key}`, "--stripe-key=[redacted]"],
  ])("%s", (_where, text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
    expect([holdsSecret(text), holdsSecret(redacted)]).toEqual([true, false]);
  });
});

test.each(["task_live_1", "risk_live_x and task_test_y", "cus_live_1", "sketch", "sk_other", "nothing", ""])(
  "%j holds none",
  (text) => {
    expect(redactSecrets(text)).toBe(text);
    expect(holdsSecret(text)).toBe(false);
  },
);

test("asking twice answers the same", () => {
  expect([holdsSecret("vk_sim_abc"), holdsSecret("vk_sim_abc")]).toEqual([true, true]);
});

test("a vault key is found behind any letter", () => {
  expect(redactSecrets("keyvk_live_Ab3-xyz and tokenVK_test_abc")).toBe("key[redacted] and token[redacted]");
});

test("no text makes it slow: a second of work would show in every answer", () => {
  const pieces = [
    "vk_",
    "sk_live_",
    "%25",
    "%5F",
    "%2525255F",
    "whsec%5",
    "_",
    "*",
    "%",
    "a",
    "vk%5Flive%5F",
    " ",
  ];
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 8;
  };
  const texts = pieces.map((piece) => piece.repeat(100_000));
  for (let text = 0; text < 20; text++) {
    texts.push(Array.from({ length: 50_000 }, () => pieces[next() % pieces.length]).join(""));
  }
  for (const text of texts) {
    const began = performance.now();
    const redacted = redactSecrets(text);
    expect(performance.now() - began, text.slice(0, 40)).toBeLessThan(2_000);
    expect(holdsSecret(redacted)).toBe(false);
  }
});
