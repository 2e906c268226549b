import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningCli, runHere, startCli, temporaryFolder } from "./test-support.ts";

/** `keybrake alerts`, against one `keybrake dev` and a receiver on this machine. */
const cleanups: (() => unknown)[] = [];
const atEnd = (cleanup: () => unknown) => void cleanups.unshift(cleanup);
let proxy: RunningCli;
let env: Readonly<Record<string, string>>;
let status = 200;
const told: string[] = [];

const receiver = createServer((request, response) => {
  request.on("data", (chunk: Buffer) => told.push(chunk.toString()));
  request.on("end", () => response.writeHead(status).end());
});

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  atEnd(() => receiver.close());
  const cwd = await temporaryFolder(atEnd);
  proxy = startCli(["dev", "--port", "0", "--json"], { cwd, env: { TMPDIR: cwd }, onEnd: atEnd });
  const [line] = await proxy.waitFor(/^.+\n/);
  const { port } = receiver.address() as AddressInfo;
  env = { ...JSON.parse(line).env, KEYBRAKE_ALERT_URL: `http://127.0.0.1:${port}/?token=hidden` };
});

afterAll(async () => {
  proxy.process.kill("SIGTERM");
  await proxy.ended;
  for (const cleanup of cleanups) await cleanup();
});

const alerts = (...argv: string[]) => runHere(["alerts", ...argv], { env });

test("a target is added, shown, tested and removed; its secret and its address are shown once and never", async () => {
  const empty = await alerts("list");
  expect([empty.code, empty.stdout]).toEqual([0, ""]);
  const added = await alerts("add", "--name", "ops");
  expect(added.code, added.stderr).toBe(0);
  const [id = "", secret = ""] = added.stdout.split("\n");
  expect([id, secret]).toEqual([expect.stringMatching(/^target_\w+$/), expect.stringMatching(/^whsec_/)]);

  const tested = await alerts("test", id);
  expect([tested.code, tested.stdout]).toEqual([0, "delivered: HTTP 200\n"]);
  expect(told.join("")).toContain("This is a test from Keybrake for 'ops'");
  status = 500;
  const failed = await alerts("test", id);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("http_500");

  const list = await alerts("list");
  expect(list.stdout).toMatch(
    /^target +kind +name +host +dropped +told of\ntarget_\w+ webhook ops +127\.0\.0\.1/,
  );
  const log = await alerts("deliveries", "--target", id);
  expect(log.stdout.split("\n")).toEqual([
    expect.stringMatching(/^at +state +tries +last +type +alert$/),
    expect.stringMatching(/pending +1 +http_5\S* +test/),
    expect.stringMatching(/delivered +1 +200 +test/),
    "",
  ]);
  const shown = list.stdout + log.stdout + failed.stderr + tested.stdout;
  for (const word of ["hidden", secret]) expect(shown).not.toContain(word);

  const removed = await alerts("remove", id, "--json");
  expect(JSON.parse(removed.stdout)).toMatchObject({ id, name: "ops", types: null });
  expect((await alerts("test", id)).stderr).toContain("There is no alert target with this id.");
});

test("what is no type, no kind or no address is refused with a reason", async () => {
  const unknown = await alerts("add", "--type", "everything");
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("types.0")]);
  expect((await alerts("add", "--kind", "pigeon")).code).toBe(2);
  const nowhere = await runHere(["alerts", "add"], { env: { ...env, KEYBRAKE_ALERT_URL: "" } });
  expect([nowhere.code, nowhere.stderr]).toEqual([
    1,
    expect.stringContaining("KEYBRAKE_ALERT_URL is not set"),
  ]);
});
