import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const ADMIN_KEY = "the-admin-key-of-the-demo-test";
const SECRETS = [
  /vk_(live|test|sim)_[A-Za-z0-9_-]{20,}/,
  /[sr]k_(live|test)_[A-Za-z0-9]{8,}/,
  new RegExp(ADMIN_KEY),
];

/** The demo as a user runs it, kept up so that the command can read its audit log. */
describe("the demo", () => {
  let output = "";
  let exitCode: number | null = null;
  let rows: any[] = [];

  beforeAll(async () => {
    const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, KEYBRAKE_ADMIN_KEY: ADMIN_KEY, NO_COLOR: "1" };
    const demo = spawn(process.execPath, [join(ROOT, "apps/demo/src/main.ts"), "--hold"], { env });
    const gone = once(demo, "exit");
    const { promise: held, resolve } = Promise.withResolvers<string>();
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        const url = /stays up at (http:\S+)/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
    const proxyUrl = await Promise.race([held, gone.then(() => Promise.reject(new Error(output)))]);
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [join(ROOT, "apps/cli/src/main.ts"), "audit", "--json", "--limit", "1000"],
      { env: { ...env, KEYBRAKE_PROXY_URL: proxyUrl } },
    );
    output += stdout + stderr;
    rows = JSON.parse(stdout).data;
    demo.kill("SIGTERM");
    [exitCode] = await gone;
  }, 90_000);

  afterAll(() => {
    rows = [];
  });

  test("exits 0: everything is as stated", () => {
    expect(exitCode, output).toBe(0);
    expect(output).toContain("Everything is as stated.");
    expect(output).not.toContain("✗");
  });

  test("no output of it holds a vault key, the admin key or a Stripe key", () => {
    expect(output.length).toBeGreaterThan(2000);
    for (const secret of SECRETS) expect(output).not.toMatch(secret);
  });

  test("fits into 80 columns", () => {
    const shown = output.slice(0, output.indexOf('"data"'));
    expect(shown.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("audit --json shows every call, the refused ones too, with run, agent, amount, decision and state", () => {
    expect(rows.length).toBeGreaterThanOrEqual(18);
    for (const row of rows) {
      expect(row).toMatchObject({
        run_id: expect.any(String),
        agent: "billing",
        decision: expect.any(String),
      });
      expect(["none", "posted", "voided"]).toContain(row.state);
      if (row.decision === "allowed")
        expect(row).toMatchObject({ amount_minor: expect.any(Number), currency: "usd" });
    }
    const codes = rows.map((row) => row.code).filter((code) => code !== null);
    for (const code of [
      "operation_not_allowed",
      "spend_cap_exceeded",
      "vault_key_revoked",
      "outcome_unknown",
    ]) {
      expect(codes).toContain(code);
    }
    const capped = rows.find((row) => row.code === "spend_cap_exceeded");
    expect(capped).toMatchObject({ decision: "denied", state: "none", amount_minor: 1500, run_id: "storm" });
    expect(rows.some((row) => row.run_id === "optimizer")).toBe(false);
  });
});
