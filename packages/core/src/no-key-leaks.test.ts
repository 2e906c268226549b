import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ADMIN_ANSWERS } from "../test/admin-answers.ts";
import { NO_WAIT, VAULT_KEY } from "../test/scripted-server.ts";
import { useScriptedServer } from "../test/use-scripted-server.ts";
import { createAdminClient } from "./admin/admin-client.ts";
import * as core from "./index.ts";
import { createRun } from "./run/run.ts";
import { createToolset } from "./run/toolset.ts";
import { ROLE_NAMES } from "./tools/tools.ts";

const ADMIN_KEY = "admin_0123456789abcdef";

const server = await useScriptedServer();

/** Every text that is reachable from a value by keys, symbols, prototypes, maps, or printing it. */
function everyText(root: unknown): string[] {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
      return;
    seen.add(value);
    // Zod's schemas are shared by all tool sets and large, and reading their lazy parts from outside breaks them.
    if ("_zod" in value) return;
    if (value instanceof Map || value instanceof Set) for (const entry of value.entries()) visit(entry);
    for (
      let owner: object | null = value;
      owner !== null && owner !== Object.prototype;
      owner = Object.getPrototypeOf(owner)
    ) {
      for (const key of Reflect.ownKeys(owner)) {
        visit(key.toString());
        try {
          visit(Reflect.get(owner, key, value));
        } catch {
          // Accessors like `caller` of functions refuse to be read.
        }
      }
    }
  };
  visit(root);
  const printed = [
    () => JSON.stringify(root),
    () => String(root),
    () => inspect(root, { depth: 6, showHidden: true, maxArrayLength: null }),
    () => inspect(root, { depth: 6, showHidden: true, getters: true, showProxy: true }),
    () => inspect(root, { depth: 6, customInspect: false, showHidden: true }),
    () => inspect(structuredClone(root), { depth: 6 }),
  ];
  for (const print of printed) {
    try {
      texts.push(print() ?? "");
    } catch {
      // A function cannot be cloned: nothing leaks through that.
    }
  }
  return texts;
}

const holds = (root: unknown, secret: string) => everyText(root).some((text) => text.includes(secret));

test("the walk finds a key that is there", () => {
  class Leaky {
    get key() {
      return VAULT_KEY;
    }
  }
  expect(holds({ a: [{ [Symbol("b")]: VAULT_KEY }] }, VAULT_KEY)).toBe(true);
  expect(holds(new Leaky(), VAULT_KEY)).toBe(true);
  expect(holds(new Map([["a", VAULT_KEY]]), VAULT_KEY)).toBe(true);
});

test("no tool set, tool, run or outcome shows the vault key, used or not", async () => {
  server.answer({ status: 500, body: { error: { code: VAULT_KEY, message: `echo ${VAULT_KEY}` } } });
  const run = createRun();
  for (const role of ROLE_NAMES) {
    const toolset = createToolset(role, { vaultKey: VAULT_KEY, proxyUrl: server.url, run, runtime: NO_WAIT });
    expect(holds(toolset, VAULT_KEY)).toBe(false);
    for (const tool of toolset.tools) {
      const outcome = await tool.execute({
        customer_id: "cus_1",
        amount_cents: 1,
        charge_id: "ch_1",
        [VAULT_KEY]: 1,
      });
      expect(holds(outcome, VAULT_KEY)).toBe(false);
    }
    const [first] = toolset.tools;
    expect(holds(await first?.execute({ customer_id: "cus_1", amount_cents: 1 }), VAULT_KEY)).toBe(false);
    expect(holds(toolset, VAULT_KEY)).toBe(false);
  }
  server.answer({
    status: 401,
    body: { error: { code: "vault_key_revoked", message: `revoked ${VAULT_KEY}` } },
  });
  const [check] = createToolset("audit", { vaultKey: VAULT_KEY, proxyUrl: server.url, run }).tools;
  const revoked = await check?.execute({ customer_id: "cus_1" });
  expect(revoked).toMatchObject({ code: "vault_key_revoked" });
  expect(run.stopped?.message).toContain("[vault key]");
  expect(holds(run, VAULT_KEY)).toBe(false);
  expect(holds(core, VAULT_KEY)).toBe(false);
});

test("nor the admin client and its errors the admin key", async () => {
  const admin = createAdminClient({ proxyUrl: server.url, adminKey: ADMIN_KEY, runtime: NO_WAIT });
  server.answer({
    status: 401,
    body: { error: { code: "invalid_admin_key", message: `wrong: ${ADMIN_KEY}` } },
  });
  const error = await admin.vaultKeys.list().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "invalid_admin_key", message: "wrong: [vault key]" });
  expect(holds(error, ADMIN_KEY)).toBe(false);
  expect(holds(admin, ADMIN_KEY)).toBe(false);
});

test("a lease gives its key to who asks for it, and prints, spreads and clones without it", async () => {
  const issued = { ...ADMIN_ANSWERS.issued, name: "n", vault_key: VAULT_KEY };
  server.answer({ status: 201, body: issued });
  const lease = await createAdminClient({ proxyUrl: server.url, adminKey: ADMIN_KEY }).leaseVaultKey({
    name: "n",
    role: "billing",
  });
  expect(lease.vaultKey).toBe(VAULT_KEY);
  const shown = { id: "vk_1", name: "n", expiresAt: "2026-01-01T00:00:00Z" };
  expect({ ...lease }).toStrictEqual(shown);
  expect(JSON.parse(JSON.stringify({ lease }))).toStrictEqual({ lease: shown });
  expect(structuredClone({ ...lease })).toStrictEqual(shown);
  const printed = [
    inspect(lease),
    inspect({ lease }, { showHidden: true, depth: 9, getters: true }),
    inspect(lease, { showHidden: true, customInspect: false }),
    String(lease),
    `${Object.values(lease)}`,
  ];
  for (const text of printed) expect(text).not.toContain(VAULT_KEY);
  expect(holds({ ...lease }, VAULT_KEY)).toBe(false);
});
