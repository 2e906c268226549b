import { foldActs } from "@keybrake/core";
import { type LocalProxy, startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderStory } from "./format/story.ts";
import { auditRow, runHere } from "./test-support.ts";

let proxy: LocalProxy;
let key: { readonly id: string; readonly vault_key: string };

async function call(path: string, form: Record<string, string>, id: string): Promise<number> {
  const response = await fetch(`${proxy.url}${path}`, {
    method: "POST",
    headers: {
      ...{ authorization: `Bearer ${key.vault_key}`, "idempotency-key": id },
      ...{ "x-agent-name": "billing", "x-agent-run-id": "run_42" },
    },
    body: new URLSearchParams(form),
  });
  return response.status;
}

const JUNE = { amount: "2900", currency: "usd", source: "tok_visa" };

/** A lost answer that is asked for again, a refund that may not be, three times, one over the cap, and one that nobody knows. */
beforeAll(async () => {
  proxy = await startProxy();
  key = await proxy.admin.vaultKeys.create({
    ...{ name: "june", role: "billing", daily_usd_cap: 50, labels: { team: "pay" } },
  });
  await proxy.emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
  expect(await call("/v1/charges", JUNE, "june-1")).toBe(504);
  expect(await call("/v1/charges", JUNE, "june-1")).toBe(200);
  expect(await call("/v1/charges", { ...JUNE, amount: "3000" }, "june-1")).toBe(400);
  for (const id of ["r-1", "r-1", "r-1"]) {
    expect(await call("/v1/refunds", { charge: "ch_1", amount: "2900" }, id)).toBe(403);
  }
  expect(await call("/v1/charges", { ...JUNE, amount: "9000" }, "big-1")).toBe(429);
  await proxy.emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
  expect(await call("/v1/charges", { ...JUNE, amount: "700" }, "lost-1")).toBe(504);
});
afterAll(() => proxy.close());

const run = (...argv: string[]) =>
  runHere(argv, { env: { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: proxy.adminKey } });

describe("audit --run", () => {
  test("tells what was asked for once, however often it was, and what came of it", async () => {
    const { stdout, code } = await run("audit", "--run", "run_42");
    expect(code).toBe(0);
    const shown = stdout
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "AT")
      .replaceAll(/\d\d:\d\d:\d\d/g, "TIME")
      .replaceAll(/ch_\w+/g, "ch_X");
    expect(shown.split("\n")).toEqual([
      "run run_42 · billing",
      "AT to AT UTC",
      "vault key june",
      "",
      "TIME  charges.create: moved $29.00 (ch_X)",
      "          asked for 3 times; then refused: idempotency_error",
      "TIME  refunds.create: refused: operation_not_allowed",
      "          asked for 3 times",
      "TIME  charges.create $90.00: refused: spend_cap_exceeded",
      "TIME  charges.create: nobody knows yet whether $7.00 moved; it stays held",
      "",
      "$29.00 moved, $7.00 held; 8 calls for 4 acts, 2 refused.",
      "",
    ]);
  });

  test("with anything else asked for it is the table, and with --json the rows", async () => {
    expect((await run("audit", "--run", "run_42", "--decision", "denied")).stdout).toMatch(/^time +agent/);
    const { data } = JSON.parse((await run("audit", "--run", "run_42", "--json")).stdout);
    expect(data).toHaveLength(8);
    expect((await run("audit", "--run", "nobody")).stderr).toBe("No calls match.\n");
  });

  test("what was settled by hand says by whom and why; what agents call themselves drives no terminal", () => {
    const row = auditRow({ call_id: "call_1", run_id: "r\u001b[2J", agent: "a\nb", idempotency_key: "k" });
    const text = renderStory(
      [{ ...row, settled_by: "person", settled_reason: "seen in the dashboard", object_id: "ch_\u0007" }],
      (_format, shown) => shown,
    );
    expect(text).toContain("settled by a person: seen in the dashboard");
    expect([...text].every((character) => character === "\n" || character >= " ")).toBe(true);
  });

  test("rows without a key are one act when all that was asked is the same", () => {
    const denied = { decision: "denied", state: "none", code: "operation_not_allowed" } as const;
    const rows = [
      auditRow({ call_id: "1", ...denied }),
      auditRow({ call_id: "2", ...denied, times: 411 }),
      auditRow({ call_id: "3", ...denied, amount_minor: 7 }),
    ];
    expect(foldActs(rows).map(({ times }) => times)).toEqual([412, 1]);
  });
});

describe("receipt", () => {
  const rowsOf = async (idempotency_key: string) => (await proxy.admin.audit.list({ idempotency_key })).data;

  test("says who, what, how often and what became of it, in 80 columns and without a key", async () => {
    const done = (await rowsOf("june-1")).find(({ state }) => state === "posted");
    const { stdout, code } = await run("receipt", done?.call_id ?? "");
    expect(code).toBe(0);
    for (const line of [
      /^call {12}call_/m,
      /^operation {7}charges\.create$/m,
      /^outcome {9}moved \$29\.00$/m,
      /^object {10}ch_\w+$/m,
      /^asked for {7}3 times under one Idempotency-Key$/m,
      /^agent {11}billing$/m,
      /^labels {10}team=pay$/m,
      /^vault key {7}june \(key_\w+\)$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain(key.vault_key);
  });

  test("says of a refusal what to do now, and as JSON the row", async () => {
    const refused = (await rowsOf("big-1"))[0];
    const { stdout } = await run("receipt", refused?.call_id ?? "");
    expect(stdout).toMatch(/^outcome {9}refused: spend_cap_exceeded$/m);
    expect(stdout).toMatch(/^what to do {6}\S/m);
    expect(JSON.parse((await run("receipt", refused?.call_id ?? "", "--json")).stdout)).toEqual(refused);
  });

  test("there is none of a call that there is not", async () => {
    const { code, stderr } = await run("receipt", "call_none");
    expect([code, stderr]).toEqual([1, "error (not_found): There is no call with this id.\n"]);
    expect((await run("receipt", "ch_1")).code).toBe(2);
  });
});
