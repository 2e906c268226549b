import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { startStack } from "./stack.ts";

// Each test starts a process that loads a framework; machines under load need the room.
vi.setConfig({ testTimeout: 90_000 });

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../apps/examples");
const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
const DESKS = ["ai-sdk", "ax", "langchain", "llamaindex", "mastra", "openai-agents"];
const EXAMPLES = [...DESKS, "multi-agent", "route-handler"].sort();
const SECRETS = [
  /vk_(live|test|sim)_[A-Za-z0-9_-]{20,}/,
  /[sr]k_(live|test)_[A-Za-z0-9]{8,}/,
  /admin_[0-9a-f]{32}/,
];

interface Ended {
  readonly exitCode: number | string | undefined;
  readonly output: string;
}

/** Runs an example as a user does, with nothing of this process's environment but what is said here. */
function run(
  name: string,
  { env = {}, args = [] }: { env?: Record<string, string>; args?: string[] } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(FOLDER, name, "src/main.ts"), ...args],
      { env: { PATH, NODE_COMPILE_CACHE, NO_COLOR: "1", ...env } },
      (error, stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : (error.code ?? undefined), output: stdout + stderr }),
    );
  });
}

function expectNoKeys(output: string): void {
  for (const secret of SECRETS) expect(output).not.toMatch(secret);
}

/** A proxy as `keybrake dev` would offer it, with the given policies in place of the usual ones. */
async function givenProxy(policies: { billing?: object; refund?: object } = {}) {
  const stack = await startStack();
  const key = async (policy: object) => (await stack.issue({ ...policy })).vault_key;
  const env = {
    KEYBRAKE_PROXY_URL: stack.url,
    KEYBRAKE_ADMIN_KEY: stack.adminKey,
    KEYBRAKE_BILLING_VAULT_KEY: await key(policies.billing ?? { role: "billing", daily_usd_cap: 100 }),
    KEYBRAKE_REFUND_VAULT_KEY: await key(policies.refund ?? { role: "refund", daily_usd_cap: 100 }),
    KEYBRAKE_AUDIT_VAULT_KEY: await key({ role: "audit", daily_usd_cap: 0 }),
  };
  return { stack, env };
}

test("every example is known here", () => {
  const found = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, "src/main.ts")));
  expect(found.sort()).toEqual(EXAMPLES);
});

describe("offline", () => {
  test.each(EXAMPLES)("%s exits 0 and prints one line, with no key, of at most 80 columns", async (name) => {
    const { exitCode, output } = await run(name);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("a scripted stand-in");
    expect(output).toContain("Everything is as stated.");
    expectNoKeys(output);
    expect(output.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(output.match(/\n/g)).toHaveLength(1);
  });
});

describe.concurrent("against a given proxy", () => {
  test("the billing desk uses it and the keys of the environment", async () => {
    const { stack, env } = await givenProxy();
    await using _stack = stack;
    const { exitCode, output } = await run("ai-sdk", { env });
    expect(exitCode, output).toBe(0);
    expectNoKeys(output);
    const calls = (await stack.auditRows()).filter((row) => row.run_id !== null);
    expect(calls.map((row) => row.vault_key_name)).toEqual(calls.map(() => "test"));
    expect(calls.length).toBeGreaterThanOrEqual(5);
  });

  test("without its admin key, the example says what it needs", async () => {
    const { exitCode, output } = await run("ai-sdk", {
      env: { KEYBRAKE_PROXY_URL: "http://127.0.0.1:9" },
    });
    expect(exitCode).toBe(1);
    expect(output).toContain("set KEYBRAKE_ADMIN_KEY");
  });
});

test("a real model needs its API key", async () => {
  const { exitCode, output } = await run("openai-agents", { args: ["--model", "openai"] });
  expect(exitCode).toBe(1);
  expect(output).toContain("--model openai needs OPENAI_API_KEY");
});

/** The assertions of the examples can fail: each is run where what it states is not so. */
describe.concurrent("an example fails when its statement is broken", () => {
  test.each([...DESKS, "route-handler"])("%s: a cap under the amount, so no charge", async (name) => {
    const { stack, env } = await givenProxy({ billing: { role: "billing", daily_usd_cap: 1 } });
    await using _stack = stack;
    const { exitCode, output } = await run(name, { env });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/AssertionError.*(Stripe has one charge|told of the charge)/);
    expect(output).not.toContain("as stated");
    expectNoKeys(output);
  });

  test("ai-sdk: a refund key that only reads", async () => {
    const { stack, env } = await givenProxy({ refund: { role: "audit", daily_usd_cap: 0 } });
    await using _stack = stack;
    const { exitCode, output } = await run("ai-sdk", { env });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/AssertionError.*Stripe has one refund/);
  });

  test("ai-sdk: a billing key that may refund", async () => {
    const allowed_operations = ["charges.create", "refunds.create"];
    const { stack, env } = await givenProxy({ billing: { allowed_operations, daily_usd_cap: 100 } });
    await using _stack = stack;
    const { exitCode, output } = await run("ai-sdk", { env });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/AssertionError.*the billing key was refused/);
  });

  test("multi-agent: a Stripe that does not know the customer", async () => {
    await using stack = await startStack({ emulator: { seedCustomers: [], secretKeys: undefined } });
    const audit = await stack.issue({ role: "audit", daily_usd_cap: 0 });
    const { exitCode, output } = await run("multi-agent", {
      env: {
        KEYBRAKE_PROXY_URL: stack.url,
        KEYBRAKE_ADMIN_KEY: stack.adminKey,
        KEYBRAKE_AUDIT_VAULT_KEY: audit.vault_key,
      },
    });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/AssertionError.*Stripe has two charges/);
    expectNoKeys(output);
  });
});
