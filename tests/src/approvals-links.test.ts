import { afterAll, beforeAll, expect, test } from "vitest";
import { type Receiver, startReceiver } from "./alert-receiver.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

const PUBLIC_URL = "https://keybrake.example.com";

let stack: Stack;
let receiver: Receiver;
beforeAll(async () => {
  stack = await startStack({ alertsAllowPrivate: true, publicUrl: PUBLIC_URL });
  receiver = await startReceiver();
  const types = ["approval.requested", "approval.resolved"];
  await stack.admin("/alerts", { method: "POST", body: { url: receiver.url, types } });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const ask = () => stack.issue({ role: "billing", daily_usd_cap: 10_000, approval: { above_usd: 100 } });

const charge = ({ vault_key }: IssuedKey, description = "June") =>
  stack.call(vault_key, "POST", "/v1/charges", {
    form: { amount: "50000", currency: "usd", customer: "cus_demo_alice", description },
    headers: { "x-agent-run-id": "run-1", "x-agent-name": "biller" },
  });

/** What was told of a card, and the path of its link here. */
async function toldOf(id: string, type = "approval.requested") {
  const find = () => receiver.received.find(({ body }) => body.type === type && body.data.approval_id === id);
  await expect.poll(find, { timeout: 10_000 }).toBeDefined();
  const told = find()?.body;
  return { told, path: String(told?.links[0]?.url ?? "").slice(PUBLIC_URL.length) };
}

const post = (path: string, form: Record<string, string>) =>
  fetch(`${stack.url}${path}`, { method: "POST", body: new URLSearchParams(form) });

async function asked(description?: string) {
  const key = await ask();
  const { body } = await charge(key, description);
  const id: string = body.error.keybrake.approval_id;
  return { key, id, ...(await toldOf(id)) };
}

const statusOf = async (id: string) => (await stack.admin(`/approvals/${id}`)).body.status;

test("20 at once are told once, with the amount, the customer, the run and the agent's words marked as such", async () => {
  const key = await ask();
  const [first] = await Promise.all(Array.from({ length: 20 }, () => charge(key)));
  const id = first?.body.error.keybrake.approval_id;
  const { told } = await toldOf(id);
  expect(told).toMatchObject({
    summary: "An agent asks to move $500.00 (charges.create) with the vault key 'test'.",
    data: {
      ...{ approval_id: id, operation: "charges.create", usd: 500, amount_minor: 50_000, currency: "usd" },
      ...{ vault_key_id: key.id, vault_key_name: "test", run_id: "run-1", customer: "cus_demo_alice" },
      agent_calls_itself: "biller",
      the_agent_says: expect.arrayContaining(["description: June"]),
    },
    links: [
      { text: "Look, and approve or deny", url: expect.stringContaining(`${PUBLIC_URL}/approvals/${id}/`) },
    ],
  });
  await stack.admin(`/approvals/${id}/deny`, { method: "POST", body: { by: "anna" } });
  const resolved = await toldOf(id, "approval.resolved");
  expect(resolved.told.data).toMatchObject({ decision: "denied", decided_by: "anna" });
  expect(receiver.received.filter(({ body }) => body.data.approval_id === id)).toHaveLength(2);
});

test("who only looks, as link scanners do, answers nothing; the form answers once", async () => {
  const { key, id, path } = await asked();
  for (const method of ["GET", "HEAD", "OPTIONS", "PUT"]) {
    await fetch(`${stack.url}${path}`, { method });
    await fetch(`${stack.url}${path}?decision=approve`, { method });
  }
  expect(await statusOf(id)).toBe("pending");
  expect((await post(path, {})).status).toBe(400);
  expect(await statusOf(id)).toBe("pending");
  const approved = await post(path, { decision: "approve", by: "anna", reason: "known customer" });
  expect(approved.status).toBe(200);
  expect((await stack.admin(`/approvals/${id}`)).body).toMatchObject({
    ...{ status: "approved", decided_by: "anna, by link", decided_reason: "known customer" },
  });
  expect((await post(path, { decision: "deny" })).status).toBe(409);
  expect((await charge(key)).status).toBe(200);
  expect(await (await fetch(`${stack.url}${path}`)).text()).toContain("Approved, and done");
});

test("the page runs nothing, loads nothing, is framed by nobody, and takes the agent's words for text", async () => {
  const { path } = await asked(`</dd><script>alert(1)</script> "approve me" \u202egnp`);
  const page = await fetch(`${stack.url}${path}`);
  expect(page.headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[^ ]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("cache-control")).toBe("no-store");
  const html = await page.text();
  expect(html).not.toContain("<script");
  expect(html).not.toContain("\u202e");
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(html).toContain("Nobody has checked these words.");
});

test("a changed, foreign or ended link opens nothing, and no store holds one", async () => {
  const [one, other] = [await asked(), await asked()];
  const [, , , token = ""] = one.path.split("/");
  const forged = [
    one.path.slice(0, -1),
    `${one.path}/`,
    `/approvals/${other.id}/${token}`,
    `/approvals/${one.id}/`,
    `/approvals/${one.id}`,
    `/approvals/${one.id}/${"A".repeat(token.length)}`,
    "/approvals/",
  ];
  for (const path of forged) {
    expect((await fetch(`${stack.url}${path}`)).status).toBe(404);
    expect((await post(path, { decision: "approve" })).status).toBe(404);
  }
  expect(await statusOf(one.id)).toBe("pending");
  expect(await statusOf(other.id)).toBe("pending");
  const kept = await stack.admin("/alerts/deliveries");
  expect(JSON.stringify(kept.body)).not.toContain(token);
  expect(stack.logLines.join("\n")).not.toContain(token);
  stack.advance(25 * 3_600_000);
  expect((await post(one.path, { decision: "approve" })).status).toBe(409);
  expect(await statusOf(one.id)).toBe("expired");
});
