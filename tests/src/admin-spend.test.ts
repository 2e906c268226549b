import { createAdminClient } from "@keybrake/core";
import { expect, test } from "vitest";
import { charge, startStack } from "./stack.ts";

/* What the overview of the dashboard asks, over the real proxy and a real store. */

const HOUR_MS = 3_600_000;

test("what moved, is held and was refused is told by key, role, agent and run, from the first look on", async () => {
  await using stack = await startStack();
  const admin = createAdminClient({ proxyUrl: stack.url, adminKey: stack.adminKey });
  expect(await admin.spend()).toMatchObject({ by: "key", bin: "hour", told: 1, groups: [] });

  const june = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 100 });
  const play = await stack.issue({ name: "play", role: "billing", daily_usd_cap: 100, simulate: true });
  const as = (agent: string, run: string) => ({ "x-agent-name": agent, "x-agent-run-id": run });
  expect((await charge(stack, june.vault_key, { amount: 2900 }, as("a", "one"))).status).toBe(200);
  stack.advance(HOUR_MS);
  expect((await charge(stack, june.vault_key, { amount: 700 }, as("a", "two"))).status).toBe(200);
  expect((await charge(stack, june.vault_key, { amount: 9900 }, as("b", "two"))).status).toBe(429);
  expect((await charge(stack, play.vault_key, { amount: 500 })).status).toBe(200);

  const total = { moved_micros: 36_000_000, held_micros: 0, posted: 2, denied: 1, calls: 3 };
  for (const by of ["key", "role", "agent", "run"] as const)
    for (const span of by === "run" ? (["24h", "7d"] as const) : (["24h", "30d"] as const))
      expect((await admin.spend({ by, span })).total, `${by} ${span}`).toEqual(total);
  const [group] = (await admin.spend({ by: "key" })).groups;
  expect(group).toMatchObject({ kind: "named", name: june.id, title: "june", total });
  expect(group?.moved_micros.slice(-2)).toEqual([29_000_000, 7_000_000]);
  expect(group?.denied.at(-1)).toBe(1);
  const named = async (by: "agent" | "run") =>
    (await admin.spend({ by })).groups.map(({ name, total }) => [name, total.moved_micros, total.denied]);
  expect(await named("agent")).toEqual([
    ["a", 36_000_000, 0],
    ["b", 0, 1],
  ]);
  expect(await named("run")).toEqual([
    ["one", 29_000_000, 0],
    ["two", 7_000_000, 1],
  ]);
});

test("only known spans and groupings are taken", async () => {
  await using stack = await startStack();
  for (const query of ["by=customer", "span=1y", "span=__proto__", "by=run&span=30d", "from=2026-01-01"]) {
    expect((await stack.admin(`/spend?${query}`)).status, query).toBe(400);
  }
});

test("who asks is told who they are, and an auditor sees figures and roles", async () => {
  await using stack = await startStack();
  const root = createAdminClient({ proxyUrl: stack.url, adminKey: stack.adminKey });
  expect(await root.me()).toEqual({
    ...{ id: "root", name: "KEYBRAKE_ADMIN_KEY", scope: "admin" },
    // A stand-in answers here, and no page of Stripe's shows what it makes.
    accounts: [{ vendor: "stripe", title: "Stripe", account: "default", mode: "test", object_pages: [] }],
  });
  const { admin_key: adminKey, id } = await root.adminKeys.create({ name: "eve", scope: "auditor" });
  const auditor = createAdminClient({ proxyUrl: stack.url, adminKey });
  expect(await auditor.me()).toMatchObject({ id, name: "eve", scope: "auditor" });
  expect((await auditor.roles()).data.map(({ role }) => role)).toEqual(["billing", "refund", "audit"]);
  expect((await auditor.roles()).data[0]?.operations).toContain("charges.create");
  expect((await auditor.spend()).told).toBe(1);
});

test("each field of a key's request has a sentence, which the dashboard's form shows", async () => {
  await using stack = await startStack();
  const { schemas } = (await stack.admin("/openapi.json")).body.components;
  const unsaid = (schema: any, path: string): string[] =>
    Object.entries<any>(schema.properties ?? {}).flatMap(([name, field]) => {
      const parts = [field, ...(field.allOf ?? [])].map(({ $ref }) => schemas[$ref?.split("/").at(-1)] ?? {});
      const whole = Object.assign({}, ...parts, field);
      const own = whole.description === undefined ? [`${path}${name}`] : [];
      return [...own, ...unsaid(whole, `${path}${name}.`)];
    });
  expect(Object.keys(schemas.CreateVaultKey.properties).length).toBeGreaterThan(20);
  expect(unsaid(schemas.CreateVaultKey, "")).toEqual([]);
});

test("a key that a key has made says by whom", async () => {
  await using stack = await startStack();
  const parent = await stack.issue({
    ...{ name: "lead", role: "billing" },
    daily_usd_cap: 9,
    may_delegate: {},
  });
  const made = await fetch(`${stack.url}/vault-keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${parent.vault_key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "worker", daily_usd_cap: 3 }),
  });
  const { id } = (await made.json()) as { id: string };
  expect((await stack.admin(`/vault-keys/${id}`)).body.parent_id).toBe(parent.id);
  expect((await stack.admin(`/vault-keys/${parent.id}`)).body.parent_id).toBeNull();
});
