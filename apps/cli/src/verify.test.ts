import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CreateVaultKeyInput } from "@keybrake/core";
import { type LocalProxy, type LocalProxyOptions, startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Captured, runHere } from "./test-support.ts";
import type { CheckResult } from "./verify/check.ts";

let proxy: LocalProxy;
/** Of another proxy, which knows none of this one's keys. */
let other: LocalProxy;
const opened = new AsyncDisposableStack();
/** Who waits for a key to end sets the machine's clock instead, by which keys end. */
let aheadMs = 0;
const pass = async (ms: number) => {
  aheadMs += ms;
};
const start = (options: LocalProxyOptions = {}): Promise<LocalProxy> =>
  startProxy({ ...options, environment: { wall: () => Date.now() + aheadMs } });
beforeAll(async () => {
  proxy = opened.use(await start());
  other = opened.use(await start());
});
afterAll(() => opened.disposeAsync());

const BILLING = { name: "b", role: "billing", daily_usd_cap: 100 } as const;

async function issue(changes: Partial<CreateVaultKeyInput> = {}, at = proxy): Promise<string> {
  return (await at.admin.vaultKeys.create({ ...BILLING, ...changes })).vault_key;
}

function verify(env: Record<string, string>, ...argv: string[]): Promise<Captured> {
  const usual = { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: proxy.adminKey };
  return runHere(["verify", ...argv], {
    env: { ...usual, ...env },
    sleep: pass,
  });
}

async function checksOf(env: Record<string, string>): Promise<{
  readonly code: number;
  readonly failed: readonly CheckResult[];
  readonly all: readonly CheckResult[];
}> {
  const { code, stdout } = await verify(env, "--json");
  const { data } = JSON.parse(stdout) as { data: readonly CheckResult[] };
  expect(stdout).not.toMatch(/vk_(test|sim)_\w{20}|admin_/);
  return { code, failed: data.filter(({ result }) => result === "failed"), all: data };
}

describe("a good proxy with good keys", () => {
  let text: Captured;
  let junit: Captured;
  let all: readonly CheckResult[];
  beforeAll(async () => {
    const env = {
      KEYBRAKE_BILLING_VAULT_KEY: await issue(),
      KEYBRAKE_REFUND_VAULT_KEY: await issue({ role: "refund" }),
      KEYBRAKE_AUDIT_VAULT_KEY: await issue({ role: "audit", daily_usd_cap: 0 }),
    };
    [text, junit, { all }] = await Promise.all([verify(env), verify(env, "--junit"), checksOf(env)]);
  });

  test("every check passes, and nothing has reached Stripe", async () => {
    expect(text.stderr).toBe("");
    expect(text.code).toBe(0);
    expect(all.filter(({ result }) => result !== "passed")).toEqual([]);
    expect((await proxy.emulator.requests()).total).toBe(0);
    expect(text.stdout).toMatch(/^\d+ passed, 0 failed\. Nothing was sent to the vendor\.$/m);
  });

  test("each promise has its line", () => {
    const names = (group: string) =>
      all.filter((each) => each.group.startsWith(group)).map(({ name }) => name);
    expect(names("proxy")).toEqual([
      "a Keybrake proxy answers",
      "it is ready: its store takes writes",
      "the admin key opens the admin API",
      "the admin API is closed without it",
      "a call without a key is refused",
      "a raw Stripe key is refused",
      "a raw live key is refused",
      "a vault key of nobody's is refused",
    ]);
    expect(names("a billing key made for this")).toEqual([
      "a call over its cap is refused",
      "charges.create passes",
      "paymentIntents.create passes",
      "customers.retrieve passes",
      "customers.list passes",
      "refunds.create is refused",
      "payouts.create is refused",
      "what is sent twice is done once",
      "revoked, it is refused at once",
      "expired, it is refused",
    ]);
    expect(names("KEYBRAKE_REFUND_VAULT_KEY")).toEqual(
      expect.arrayContaining([
        "refunds.create passes",
        "charges.create is refused",
        "it has money left to spend",
      ]),
    );
    expect(names("KEYBRAKE_AUDIT_VAULT_KEY")).toEqual(
      expect.arrayContaining([
        "charges.list passes",
        "refunds.create is refused",
        "charges.create is refused",
      ]),
    );
  });

  test("JUnit has a suite a group and a case a check", () => {
    expect(junit.stdout).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="keybrake verify"/,
    );
    expect(junit.stdout.match(/<testsuite /g)).toHaveLength(5);
    expect(junit.stdout.match(/<testcase /g)).toHaveLength(all.length);
    expect(junit.stdout).not.toContain("<failure");
  });

  test("twins are gone, and their keys' budgets are as they were", async () => {
    const { data } = await proxy.admin.vaultKeys.list({ limit: 100 });
    const verified = data.filter(({ name }) => name.startsWith("verify"));
    expect(verified.length).toBeGreaterThan(8);
    expect(verified.filter(({ status, name }) => status === "active" && name !== "verify: verify")).toEqual(
      [],
    );
    expect(data.filter(({ name }) => name === "b").every(({ spent, held }) => spent + held === 0)).toBe(true);
  });
});

describe("what is configured wrongly fails by its line, and by no other", () => {
  const key = (vaultKey: string) => ({ KEYBRAKE_BILLING_VAULT_KEY: vaultKey });
  const failing = async (env: Record<string, string>) => {
    const { code, failed } = await checksOf(env);
    expect(code).toBe(1);
    return failed.map(({ name, detail }) => `${name}: ${detail}`);
  };

  test.concurrent.each<[string, () => Promise<Record<string, string>>, readonly (string | RegExp)[]]>([
    [
      "the address is Stripe's, without a proxy",
      async () => ({ KEYBRAKE_PROXY_URL: proxy.emulator.url }),
      [/^a Keybrake proxy answers: what answers at \S+ is no Keybrake proxy: HTTP 401$/],
    ],
    [
      "nobody listens there",
      async () => ({ KEYBRAKE_PROXY_URL: "http://127.0.0.1:9" }),
      [/^a Keybrake proxy answers: fetch failed/],
    ],
    [
      "the admin key is another proxy's",
      async () => ({ KEYBRAKE_ADMIN_KEY: other.adminKey }),
      [/^the admin key opens the admin API: /],
    ],
    [
      "the agent holds a raw key",
      async () => key("sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
      ["it holds a vault key: it holds a raw Stripe key: whoever has it is past every limit"],
    ],
    [
      "the billing agent holds the refund key",
      async () => key(await issue({ role: "refund" })),
      [
        "charges.create passes: it was answered HTTP 403, operation_not_allowed",
        "paymentIntents.create passes: it was answered HTTP 403, operation_not_allowed",
        "customers.retrieve passes: it was answered HTTP 403, operation_not_allowed",
        "customers.list passes: it was answered HTTP 403, operation_not_allowed",
        "refunds.create is refused: it was answered HTTP 200",
        "a call over its cap is refused: it was answered HTTP 403, operation_not_allowed",
        "what is sent twice is done once: the first was answered HTTP 403, operation_not_allowed",
      ],
    ],
    [
      "the key may do everything",
      async () => key(await issue({ role: undefined, allowed_operations: ["*"] })),
      [
        "refunds.create is refused: it was answered HTTP 200",
        "payouts.create is refused: it was answered HTTP 200",
      ],
    ],
    [
      "the key was revoked",
      async () => {
        const { id, vault_key } = await proxy.admin.vaultKeys.create(BILLING);
        await proxy.admin.vaultKeys.revoke(id);
        return key(vault_key);
      },
      ["the proxy takes it: a call with it was answered HTTP 401, vault_key_revoked"],
    ],
    [
      "the key's time is over",
      async () => {
        const vaultKey = await issue({ expires_in_seconds: 1 });
        await pass(1000);
        return key(vaultKey);
      },
      ["the proxy takes it: a call with it was answered HTTP 401, vault_key_expired"],
    ],
    [
      "the key is another proxy's",
      async () => key(await issue({}, other)),
      [
        /^the proxy takes it: a call with it was answered HTTP (401, invalid_vault_key|429, too_many_invalid_keys)$/,
      ],
    ],
    [
      "the cap is 0",
      async () => key(await issue({ daily_usd_cap: 0 })),
      [
        "it has money left to spend: its cap is $0: no write passes",
        "charges.create passes: it was answered HTTP 429, spend_cap_exceeded",
        "paymentIntents.create passes: it was answered HTTP 429, spend_cap_exceeded",
        "what is sent twice is done once: the first was answered HTTP 429, spend_cap_exceeded",
      ],
    ],
    [
      "the key only observes",
      async () => key(await issue({ enforcement: "observe" })),
      ['its policy is enforced: its enforcement is "observe": it refuses nothing'],
    ],
    [
      "the currency has no rate",
      async () => key(await issue({ currencies: ["sek"] })),
      [
        "a call over its cap is refused: it was answered HTTP 403, amount_unknown",
        "charges.create passes: it was answered HTTP 403, amount_unknown",
        "paymentIntents.create passes: it was answered HTTP 403, amount_unknown",
        "what is sent twice is done once: the first was answered HTTP 403, amount_unknown",
      ],
    ],
    [
      "two agents hold one key",
      async () => {
        const vaultKey = await issue({
          role: undefined,
          allowed_operations: ["charges.create", "paymentIntents.create", "customers.*"],
        });
        return { KEYBRAKE_BILLING_VAULT_KEY: vaultKey, KEYBRAKE_AUDIT_VAULT_KEY: vaultKey };
      },
      [/^it is a key of its own: it is the key that KEYBRAKE_BILLING_VAULT_KEY holds$/],
    ],
    [
      "a shared budget is used up",
      async () => {
        await proxy.admin.budgets.create({ name: "spent", daily_usd_cap: 1 });
        const vaultKey = await issue({ budget: "spent" });
        await fetch(`${proxy.url}/v1/charges`, {
          method: "POST",
          headers: { authorization: `Bearer ${vaultKey}` },
          body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
        });
        return key(vaultKey);
      },
      ["it has money left to spend: its cap or a budget of its is used up"],
    ],
  ])("%s", async (_what, arrange, expected) => {
    const said = await failing(await arrange());
    for (const line of expected) {
      const matches = (each: string) => (typeof line === "string" ? each === line : line.test(each));
      expect(said.filter(matches), said.join("\n")).toHaveLength(1);
    }
    // A key with the wrong operations fails in many ways; everything else in the ways that are listed.
    if (!/two agents/.test(_what)) expect(said).toHaveLength(expected.length);
  });

  test("a store that takes no writes", async () => {
    const full = await start({
      ledger: (ledger) =>
        new Proxy(ledger, {
          get: (target, name) =>
            name === "ping"
              ? () => Promise.reject(new Error("disk full"))
              : Reflect.get(target, name, target),
        }),
    });
    await using _closing = full;
    const env = { KEYBRAKE_PROXY_URL: full.url, KEYBRAKE_ADMIN_KEY: full.adminKey };
    expect(await failing(env)).toContain("it is ready: its store takes writes: /readyz answers 503");
  });

  test("something that answers yes to everything is no proxy", async () => {
    const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const said = await failing({ KEYBRAKE_PROXY_URL: `http://127.0.0.1:${port}` });
    server.close();
    expect(said).toEqual(
      expect.arrayContaining([
        "a raw Stripe key is refused: it was answered HTTP 200; 401 invalid_vault_key is right",
        "the admin API is closed without it: it was answered HTTP 200",
      ]),
    );
  });
});

describe("what is asked for", () => {
  test("a key whose policy asks a person: nobody is asked", async () => {
    const MINE = await issue({ approval: { above_usd: 0 }, max_calls: 1, rate_per_minute: 1 });
    const { stdout, code } = await verify({ MINE }, "--vault-key", "MINE=billing");
    expect(code, stdout).toBe(0);
    expect((await proxy.admin.approvals.list()).data).toEqual([]);
  });

  test("a variable of one's own, by name, which must hold a key", async () => {
    const { stdout, stderr, code } = await verify({ MINE: await issue() }, "--vault-key", "MINE=billing");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain("MINE (billing)\n  ✓ it holds a vault key\n  ✓ the proxy takes it\n");
    const unset = await verify({}, "--vault-key", "MINE=billing");
    expect(unset.code).toBe(1);
    expect(unset.stdout).toContain("✗ it holds a vault key\n    what it holds is no vault key (vk_…)\n");
    expect(unset.stderr).toMatch(/^error \(verify_failed\): 1 of \d+ checks failed\n$/);
  });

  test("a key that is pasted in place of a name is not repeated", async () => {
    const vaultKey = await issue();
    const { code, stderr } = await verify({}, "--vault-key", vaultKey);
    expect(code).toBe(2);
    expect(stderr).not.toContain(vaultKey.slice(10));
  });
});
