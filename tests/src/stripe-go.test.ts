import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/**
 * With `/stripe` as its base address, stripe-go made a charge and told its program that it had failed: it reads the
 * API's version from the start of the path, after the answer. Three charges were made by a program that saw errors.
 */
describe("stripe-go under /stripe", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const GO = { "user-agent": "Stripe/v1 GoBindings/85.0.0" };

  test("is refused in words, with a row, and nothing is executed", async () => {
    const { vault_key, id } = await stack.issue();
    const refused = await stack.call(vault_key, "POST", "/stripe/v1/charges", {
      form: { amount: 100, currency: "usd", source: "tok_visa" },
      headers: { ...GO, "idempotency-key": "go-1" },
    });
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({ code: "operation_not_allowed" });
    expect(refused.body.error.message).toMatch(/give it the proxy's root/);
    const [row] = await stack.auditRows(`&vault_key_id=${id}`);
    expect(row).toMatchObject({ decision: "denied", code: "operation_not_allowed" });
    expect((await stack.control.summary()).charges.created).toBe(0);
    // The claim was not taken: at the root the same call goes through.
    const made = await charge(stack, vault_key, {}, { ...GO, "idempotency-key": "go-1" });
    expect(made.status).toBe(200);
  });

  test("other clients are served there", async () => {
    const { vault_key } = await stack.issue();
    const made = await stack.call(vault_key, "POST", "/stripe/v1/charges", {
      form: { amount: 100, currency: "usd", source: "tok_visa" },
      headers: { "user-agent": "Stripe/v1 PythonBindings/16.1.0", "idempotency-key": "python-1" },
    });
    expect(made.status).toBe(200);
  });
});

/** Compiling stripe-go takes minutes the first time: only where it is asked for (`.ci/run` does where there is Go). */
function whyWithoutGo(): string | null {
  if (process.env.KEYBRAKE_TEST_GO === undefined) return "KEYBRAKE_TEST_GO is not set";
  try {
    execFileSync("go", ["version"]);
    return null;
  } catch {
    return "there is no go on this machine";
  }
}

const missing = whyWithoutGo();

describe.skipIf(missing !== null)(
  `the real stripe-go${missing === null ? "" : ` (left out: ${missing})`}`,
  () => {
    let stack: Stack;
    let folder: string;
    const run = promisify(execFile);

    beforeAll(async () => {
      stack = await startStack();
      folder = await mkdtemp(join(tmpdir(), "keybrake-go-"));
      await run("go", ["build", "-o", join(folder, "charge"), "."], {
        cwd: join(import.meta.dirname, "../go"),
      });
    }, 900_000);
    afterAll(async () => {
      await stack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function charges(vaultKey: string, url: string, times: number, amount: number): Promise<any[]> {
      const env = { KEYBRAKE_VAULT_KEY: vaultKey, KEYBRAKE_URL: url };
      const { stdout } = await run(join(folder, "charge"), [String(times), String(amount)], { env });
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    }

    test("at the root it charges, and takes a cap for what it is", async () => {
      const { vault_key } = await stack.issue({ role: "billing", daily_usd_cap: 5 });
      const [first, second] = await charges(vault_key, stack.url, 2, 300);
      expect(first).toMatchObject({ charge: expect.stringMatching(/^ch_/) });
      expect(second).toMatchObject({ charge: null, status: 429, code: "spend_cap_exceeded" });
    });

    test("under /stripe it executes nothing, so that its error is true", async () => {
      const { vault_key } = await stack.issue();
      const before = (await stack.control.summary()).charges.created;
      const [seen] = await charges(vault_key, `${stack.url}/stripe`, 1, 300);
      expect(seen).toMatchObject({ charge: null });
      expect((await stack.control.summary()).charges.created).toBe(before);
    });
  },
);
