import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { readConfig, startProxy } from "@keybrake/proxy";
import { expect, onTestFinished, test } from "vitest";
import { runHere, temporaryFolder } from "./test-support.ts";

test("init writes a file that is in order, says what to do next, and never overwrites one", async () => {
  const file = join(await temporaryFolder(onTestFinished), "keybrake.yaml");
  const first = await runHere(["init", "--yes", "--config", file], { env: {} });
  expect([first.code, first.stderr]).toEqual([0, ""]);
  const read = await readConfig(await readFile(file, "utf8"));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  expect(Object.keys(read.config.roles ?? {})).toEqual(["billing-agent", "audit-agent"]);
  expect(first.stdout).toContain("Charges and Refunds: Write");
  expect(first.stdout).toContain("keybrake keys create --name first --role billing-agent");
  await writeFile(file, "# mine\n");
  const second = await runHere(["init", "--yes", "--config", file], { env: {} });
  expect(second.code).toBe(2);
  expect(second.stderr).toContain("is there already, and is never overwritten");
  expect(await readFile(file, "utf8")).toBe("# mine\n");
});

test("without anybody to ask, it asks for --yes and writes nothing", async () => {
  const file = join(await temporaryFolder(onTestFinished), "keybrake.yaml");
  const { code, stderr } = await runHere(["init", "--config", file], { env: {} });
  expect([code, stderr]).toEqual([2, expect.stringContaining("--yes")]);
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

test("who is asked and presses Enter all the way has what --yes writes", async () => {
  const folder = await temporaryFolder(onTestFinished);
  const [asked, taken] = [join(folder, "asked.yaml"), join(folder, "taken.yaml")];
  const terminal = { input: new PassThrough(), output: new PassThrough() };
  terminal.output.resume();
  const presses = setInterval(() => terminal.input.write("\r"), 20);
  const { code, stderr } = await runHere(["init", "--config", asked], { env: {}, terminal });
  clearInterval(presses);
  expect([code, stderr]).toEqual([0, ""]);
  await runHere(["init", "--yes", "--config", taken], { env: {} });
  expect(await readFile(asked, "utf8")).toBe(await readFile(taken, "utf8"));
});

test("top shows keys and budgets with what is used of them, once or as lines of JSON", async () => {
  await using proxy = await startProxy();
  await proxy.admin.budgets.create({ name: "team", daily_usd_cap: 40 });
  const june = await proxy.admin.vaultKeys.create({
    name: "june",
    role: "billing",
    daily_usd_cap: 20,
    budget: "team",
  });
  for (const amount of ["1100", "700"])
    await fetch(`${proxy.url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${june.vault_key}`, "idempotency-key": crypto.randomUUID() },
      body: new URLSearchParams({ amount, currency: "usd", source: "tok_visa" }),
    });
  const env = { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: proxy.adminKey };
  const shown = await runHere(["top", "--once"], { env });
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/^team +█+░+ +\$\d+\.00 +\$40\.00 +\$0\.00 +24h$/m);
  expect(shown.stdout).toMatch(/^june +active +[█░]{10} +\$\d+\.00 +\$20\.00/m);
  for (const line of shown.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const { keys } = JSON.parse((await runHere(["top", "--once", "--json"], { env })).stdout);
  expect(keys).toMatchObject([{ name: "june", cap: 20, calls_per_second: 0.2 }]);
});
