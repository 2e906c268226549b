import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createLog,
  type Declared,
  type RunningProxy,
  type StartProxyOptions,
  startProxy,
} from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startReceiver } from "./alert-receiver.ts";

/*
 * What a `keybrake.yaml` declares is so when a proxy starts: once, whoever starts with it, and never over what an admin has
 * set since. Real proxy, real file of SQLite.
 */

const STRIPE_KEY = "sk_test_declared0proxy0credential";
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const NOTHING: Declared = {
  file: "keybrake.yaml",
  roles: {},
  budgets: {},
  budgetPercents: null,
  targets: [],
};

let stripe: Awaited<ReturnType<typeof startEmulator>>;
beforeAll(async () => {
  stripe = await startEmulator({ secretKeys: [STRIPE_KEY] });
});
afterAll(() => stripe.close());

/** Starts proxies on one file, one after the other; each with what it declares. */
async function newBooks() {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-config-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const said: string[] = [];
  let running: RunningProxy | null = null;
  onTestFinished(() => running?.close());
  const start = async (declared: Partial<Declared>, more: Partial<StartProxyOptions> = {}) => {
    await running?.close();
    running = null;
    running = await startProxy({
      ...{ store: join(folder, "books.db"), stripeUrl: stripe.url, stripeSecretKey: STRIPE_KEY },
      ...{ declared: { ...NOTHING, ...declared }, alertsAllowPrivate: true },
      log: createLog({ level: "info", destination: { write: (line: string) => said.push(line) } }),
      ...more,
    });
    return running;
  };
  return { start, said };
}

const budgetsOf = async ({ admin }: RunningProxy) =>
  (await admin.budgets.list()).data.map(({ name, usd_cap, window, parent }) => [
    name,
    usd_cap,
    window,
    parent,
  ]);

const actionsOf = async ({ admin }: RunningProxy) =>
  (await admin.adminKeys.actions({ by: "config" })).data
    .map(({ action, target, status, by_name }) => [action, target, status, by_name])
    .toReversed();

const FAMILY: Declared["budgets"] = {
  "team-a": { daily_usd_cap: 20, parent: "company" },
  company: { usd_cap: 500, window: "30d" },
};

describe("budgets", () => {
  test("are made, parents first, with a row for each; the same file again changes nothing", async () => {
    const { start } = await newBooks();
    const first = await start({ budgets: FAMILY });
    expect(await budgetsOf(first)).toEqual([
      ["company", 500, "30d", null],
      ["team-a", 20, "24h", "company"],
    ]);
    const done = [
      ["budgets.create", "company", 200, "keybrake.yaml"],
      ["budgets.create", "team-a", 200, "keybrake.yaml"],
    ];
    expect(await actionsOf(first)).toEqual(done);
    expect(await actionsOf(await start({ budgets: FAMILY }))).toEqual(done);
  });

  test("a cap that the file changes is changed; one under what is spent refuses, as in the API", async () => {
    const { start } = await newBooks();
    const first = await start({ budgets: FAMILY });
    const { vault_key } = await first.admin.vaultKeys.create({
      name: "a",
      role: "billing",
      budget: "team-a",
    });
    const charge = (proxy: RunningProxy, amount: number) =>
      fetch(`${proxy.url}/v1/charges`, {
        method: "POST",
        headers: { authorization: `Bearer ${vault_key}` },
        body: new URLSearchParams({ amount: String(amount), currency: "usd", source: "tok_visa" }),
      }).then(({ status }) => status);
    expect(await charge(first, 1500)).toBe(200);
    const second = await start({
      budgets: { ...FAMILY, "team-a": { daily_usd_cap: 10, parent: "company" } },
    });
    expect(await budgetsOf(second)).toContainEqual(["team-a", 10, "24h", "company"]);
    expect(await charge(second, 100)).toBe(429);
    expect((await actionsOf(second)).at(-1)).toEqual(["budgets.update", "team-a", 200, "keybrake.yaml"]);
    // A budget that stands in the file no more stays.
    const third = await start({ budgets: {} });
    expect(await budgetsOf(third)).toHaveLength(2);
  });

  test("what an admin has set since outlives a restart, until the file says something else", async () => {
    const { start, said } = await newBooks();
    const first = await start({ budgets: FAMILY });
    // At three in the morning.
    await first.admin.budgets.update("team-a", { daily_usd_cap: 0 });
    const second = await start({ budgets: FAMILY });
    expect(await budgetsOf(second)).toContainEqual(["team-a", 0, "24h", "company"]);
    expect(said.join("")).toContain("an admin has changed this cap since it was declared: it stays");
    const third = await start({ budgets: { ...FAMILY, "team-a": { daily_usd_cap: 25, parent: "company" } } });
    expect(await budgetsOf(third)).toContainEqual(["team-a", 25, "24h", "company"]);
  });

  test("one that an admin made is adopted, and lowered by an admin it stays so, too", async () => {
    const { start } = await newBooks();
    const first = await start({});
    await first.admin.budgets.create({ name: "company", usd_cap: 500, window: "30d" });
    await start({ budgets: FAMILY });
    const third = await start({ budgets: FAMILY });
    await third.admin.budgets.update("company", { usd_cap: 1 });
    expect(await budgetsOf(await start({ budgets: FAMILY }))).toContainEqual(["company", 1, "30d", null]);
  });

  test.each<[string, Declared["budgets"], string]>([
    [
      "another window",
      { ...FAMILY, company: { daily_usd_cap: 500 } },
      "its window is 30d in the books, and that is fixed",
    ],
    [
      "another parent",
      { ...FAMILY, "team-a": { daily_usd_cap: 99 } },
      "it is company in the books, and that is fixed",
    ],
    [
      "no such parent",
      { ...FAMILY, new: { daily_usd_cap: 1, parent: "nobody" } },
      "there is no budget nobody",
    ],
  ])("%s refuses to start, and nothing of the file is done", async (_what, budgets, words) => {
    const { start } = await newBooks();
    await start({ budgets: FAMILY });
    const wanted = { early: { daily_usd_cap: 1 }, ...budgets };
    await expect(start({ budgets: wanted })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(words),
    });
    expect(await budgetsOf(await start({}))).toEqual([
      ["company", 500, "30d", null],
      ["team-a", 20, "24h", "company"],
    ]);
  });
});

describe("roles", () => {
  const roles = {
    june: {
      role: "billing",
      daily_usd_cap: 5,
      dedupe: "act",
      labels: { team: "payments" },
      expires_in_seconds: 600,
    },
    reader: { allowed_operations: ["reads"] },
  };

  test("a key has what its role says and its request does not", async () => {
    const { start } = await newBooks();
    const { admin } = await start({ roles });
    const key = await admin.vaultKeys.create({ name: "one", role: "june" });
    expect(key).toMatchObject({ role: "june", policy: { daily_usd_cap: 5, dedupe: "act" } });
    expect(key.policy.allowed_operations).toContain("charges.create");
    expect(Date.parse(key.expires_at)).toBeLessThan(Date.now() + 601_000);
    const other = await admin.vaultKeys.create({
      name: "two",
      role: "june",
      daily_usd_cap: 7,
      dedupe: "auto",
    });
    expect(other.policy).toMatchObject({ daily_usd_cap: 7, dedupe: "auto" });
    expect((await admin.vaultKeys.get(key.id)).labels).toEqual({ team: "payments" });
    const reader = await admin.vaultKeys.create({ name: "three", role: "reader" });
    expect(reader.policy.allowed_operations).toEqual(["reads"]);
    // As whoever offers roles to choose from is told of them.
    const [, , , june, readers] = (await admin.roles()).data;
    expect(june).toMatchObject({ role: "june", operations: expect.arrayContaining(["charges.create"]) });
    expect(june?.tools).toContainEqual({ name: "create_charge", moves_money: true });
    expect(readers).toMatchObject({ role: "reader", operations: ["reads"] });
    expect(readers?.tools.filter(({ moves_money }) => moves_money)).toEqual([]);
    expect(readers?.tools).not.toEqual([]);
  });

  test("one that stands nowhere is refused, for a key and for a stop", async () => {
    const { start } = await newBooks();
    const { admin } = await start({ roles });
    const words = "There is no role 'jun'. There are: billing, refund, audit, june, reader.";
    for (const asked of [
      () => admin.vaultKeys.create({ name: "x", role: "jun", daily_usd_cap: 1 }),
      () => admin.stops.create({ role: "jun" }),
    ])
      await expect(asked()).rejects.toMatchObject({
        code: "request_invalid",
        message: expect.stringContaining(words),
      });
  });

  test("a role is stopped by its name, also when it has left the file", async () => {
    const { start } = await newBooks();
    const first = await start({ roles });
    await first.admin.vaultKeys.create({ name: "one", role: "june" });
    const second = await start({});
    expect(await second.admin.stops.create({ role: "june" })).toMatchObject({ role: "june", keys: 1 });
  });

  test("an issuer's ceiling is the role as it was then; a wider one later gives it no more", async () => {
    const { start } = await newBooks();
    const first = await start({ roles });
    const ceiling = { name: "ceiling", vendor: "stripe", role: "june" };
    const issuer = await first.admin.adminKeys.create({
      name: "ci",
      scope: "issuer",
      ceiling,
      keys_per_hour: 5,
    });
    const second = await start({ roles: { june: { ...roles.june, daily_usd_cap: 5000 } } });
    const issue = (body: object) =>
      fetch(`${second.url}/admin/vault-keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${issuer.admin_key}`, "content-type": "application/json" },
        body: JSON.stringify({ vendor: "stripe", name: "x", ...body }),
      }).then(({ status }) => status);
    expect(await issue({ role: "june" })).toBe(403);
    expect(await issue({ role: "june", daily_usd_cap: 5 })).toBe(201);
  });
});

describe("those who are told", () => {
  test("are as those of the API, say whence they came, and follow the file", async () => {
    await using receiver = await startReceiver();
    const { start } = await newBooks();
    const ops = { name: "ops", kind: "webhook", url: receiver.url, secret: SECRET, types: null } as const;
    const first = await start({ targets: [ops] });
    const [target] = (await first.admin.alerts.list()).data;
    expect(target).toMatchObject({ id: "target_file_ops", name: "ops", declared: true, types: null });
    expect(JSON.stringify(target)).not.toContain(SECRET);
    expect(await first.admin.alerts.test("target_file_ops")).toMatchObject({ state: "delivered" });
    expect(receiver.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
    const made = await first.admin.alerts.create({ url: receiver.url });
    expect(made.declared).toBe(false);

    await start({ targets: [ops] });
    const second = await start({ targets: [{ ...ops, types: ["call.unknown"] }] });
    expect(await actionsOf(second)).toEqual([
      ["alerts.create", "target_file_ops", 200, "keybrake.yaml"],
      ["alerts.update", "target_file_ops", 200, "keybrake.yaml"],
    ]);
    expect((await second.admin.alerts.list()).data.find(({ declared }) => declared)?.types).toEqual([
      "call.unknown",
    ]);
    const last = await start({});
    expect((await last.admin.alerts.list()).data).toHaveLength(2);
  });

  test("an address that alerts may not go to refuses to start", async () => {
    const { start } = await newBooks();
    const secret = {
      name: "ops",
      kind: "webhook",
      url: "https://user:hunter2@x.example",
      secret: SECRET,
      types: null,
    } as const;
    const refusal = start({ targets: [secret] });
    await expect(refusal).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.not.stringContaining("hunter2"),
    });
  });

  test("a cap is told of where the file says", async () => {
    await using receiver = await startReceiver();
    const { start } = await newBooks();
    const ops = {
      name: "ops",
      kind: "webhook",
      url: receiver.url,
      secret: SECRET,
      types: ["budget.threshold"],
    } as const;
    const { admin, url } = await start({ targets: [ops], budgetPercents: [25] });
    const { vault_key } = await admin.vaultKeys.create({ name: "a", role: "billing", daily_usd_cap: 40 });
    await fetch(`${url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${vault_key}` },
      body: new URLSearchParams({ amount: "3000", currency: "usd", source: "tok_visa" }),
    });
    await receiver.until(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(receiver.received.map(({ body }) => body.data.percent)).toEqual([25]);
  });
});
