import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { knownKeys } from "./server/dev-keys.ts";
import { openEnvFile, withVariables } from "./server/env-file.ts";
import { type RunningCli, runCli, startCli, temporaryFolder } from "./test-support.ts";

const READY = /[\s\S]*keybrake audit\n/;

async function startDev(cwd: string, ...argv: string[]): Promise<RunningCli> {
  const options = { cwd, env: { TMPDIR: cwd }, onEnd: onTestFinished };
  const cli = startCli(["dev", "--port", "0", ...argv], options);
  await cli.waitFor(READY);
  return cli;
}

async function end(cli: RunningCli): Promise<void> {
  cli.process.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
}

async function charge(variables: Readonly<Record<string, string | undefined>>, id: string): Promise<number> {
  const response = await fetch(`${variables.KEYBRAKE_PROXY_URL}/stripe/v1/charges`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${variables.KEYBRAKE_BILLING_VAULT_KEY}`,
      ...{ "idempotency-key": id, "x-agent-name": "billing" },
    },
    body: new URLSearchParams({ amount: "1200", currency: "usd", source: "tok_visa" }),
  });
  return response.status;
}

test("--save-env keeps the keys from start to start, every call has its line, and other lines stay", async () => {
  const cwd = await temporaryFolder(onTestFinished);
  const file = join(cwd, ".env");
  await writeFile(file, "# mine\nOPENAI_API_KEY=sk-mine\nexport KEYBRAKE_PROXY_URL=http://127.0.0.1:1\n");
  const first = await startDev(cwd, "--save-env", ".env");
  const written = await readFile(file, "utf8");
  expect(written).toMatch(/^# mine\nOPENAI_API_KEY=sk-mine\nKEYBRAKE_PROXY_URL=http:\/\/127\.0\.0\.1:\d+\n/);
  expect(first.stdout()).toContain("\nset -a; . ./.env; set +a\n");
  expect(first.stdout()).not.toMatch(/vk_|admin_/);
  const keys = parseEnv(written);
  expect(await charge(keys, "dev-1")).toBe(200);
  await first.waitFor(/^\d\d:\d\d:\d\d billing charges\.create +\$12\.00 allowed posted\n/m);
  await end(first);

  const second = await startDev(cwd, "--save-env", ".env");
  const again = parseEnv(await readFile(file, "utf8"));
  const stable = ({ KEYBRAKE_PROXY_URL: _url, ...rest }: typeof keys) => rest;
  expect(stable(again)).toEqual(stable(keys));
  expect(again.KEYBRAKE_PROXY_URL).not.toBe(keys.KEYBRAKE_PROXY_URL);
  // The key that the agent still has, at the new address: new books, and the same lines.
  expect(await charge({ ...keys, KEYBRAKE_PROXY_URL: again.KEYBRAKE_PROXY_URL }, "dev-2")).toBe(200);
  await second.waitFor(/^\d\d:\d\d:\d\d billing charges\.create/m);
  await end(second);
});

test("a new file is its owner's alone", async () => {
  const cwd = await temporaryFolder(onTestFinished);
  const cli = await startDev(cwd, "--save-env", "keys.env");
  expect((await stat(join(cwd, "keys.env"))).mode & 0o077).toBe(0);
  const { KEYBRAKE_BILLING_VAULT_KEY: billing, KEYBRAKE_REFUND_VAULT_KEY: refund } = parseEnv(
    await readFile(join(cwd, "keys.env"), "utf8"),
  );
  expect(billing).toMatch(/^vk_test_[\w-]{43}$/);
  expect(refund).not.toBe(billing);
  await end(cli);
});

describe("a file of another proxy's is refused, and stays as it is", () => {
  test.each([
    ["KEYBRAKE_PROXY_URL=https://keybrake.example\n", "names a proxy on another machine"],
    [`KEYBRAKE_BILLING_VAULT_KEY=vk_live_${"a".repeat(43)}\n`, "holds in KEYBRAKE_BILLING_VAULT_KEY"],
    ["KEYBRAKE_REFUND_VAULT_KEY=sk_test_4eC39HqLyjWDarjtT1zdp7dc\n", "holds in KEYBRAKE_REFUND_VAULT_KEY"],
  ])("%s", async (text, reason) => {
    const cwd = await temporaryFolder(onTestFinished);
    await writeFile(join(cwd, ".env"), text);
    const { code, stdout, stderr } = await runCli(["dev", "--port", "0", "--save-env", ".env"], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toMatch(/vk_live_|sk_test_/);
    expect(await readFile(join(cwd, ".env"), "utf8")).toBe(text);
  });

  test("the proxy of this machine is one's own, and what is empty is not there", async () => {
    const file = await openEnvFile("/nowhere/at/all").catch((error: Error) => error.message);
    expect(file).toMatchObject({ variables: {} });
    const variables = { KEYBRAKE_PROXY_URL: "http://localhost:8787", KEYBRAKE_ADMIN_KEY: "" };
    expect(knownKeys({ name: "f", variables, write: async () => {} })).toEqual({
      adminKey: undefined,
      secrets: {},
    });
  });
});

test("variables are set where they stand, whatever is in them", () => {
  expect(withVariables("A=1\nexport B = 2\nAB=3", { B: "$&", C: "4" })).toBe("A=1\nB=$&\nAB=3\nC=4\n");
  expect(withVariables("", { A: "1" })).toBe("A=1\n");
});
