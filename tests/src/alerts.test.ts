import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { startReceiver } from "./alert-receiver.ts";
import { interceptedUpstream } from "./intercepted-upstream.ts";
import { charge, type Stack, startStack } from "./stack.ts";

/*
 * Who watches is told of what agents do with money: once, whatever runs at the same time, and without a key or a
 * customer's name in it. Real proxy, real sockets, real store; the receiver is a server of this machine.
 */

const start = () => startStack({ alertsAllowPrivate: true });

async function listen(stack: Stack, url: string, more: Record<string, unknown> = {}) {
  const { status, body } = await stack.admin("/alerts", { method: "POST", body: { url, ...more } });
  expect(status, JSON.stringify(body)).toBe(201);
  return body as { id: string; secret: string };
}

const told = (received: readonly { body: any }[], type: string) =>
  received.map(({ body }) => body).filter((body) => body.type === type);

test("thresholds of a shared and of a key's own budget are told once each, under 200 parallel calls", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  await listen(stack, receiver.url);
  await stack.admin("/budgets", { method: "POST", body: { name: "team", daily_usd_cap: 50 } });
  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 100, budget: "team" });
  const answers = await Promise.all(Array.from({ length: 200 }, () => charge(stack, key.vault_key)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(50);
  await receiver.until(5);
  // More calls change nothing that was told.
  await charge(stack, key.vault_key);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const reached = told(receiver.received, "budget.threshold");
  expect(reached.map(({ data }) => [data.budget, data.vault_key_name, data.percent]).toSorted()).toEqual([
    [null, "june", 50],
    ["team", null, 100],
    ["team", null, 50],
    ["team", null, 80],
  ]);
  expect(reached.find(({ data }) => data.percent === 100)).toEqual({
    type: "budget.threshold",
    timestamp: expect.stringMatching(/^20.*Z$/),
    summary: "The budget 'team' has used 100 % of its $50.00 in 24 hours: $50.00 are spent or held.",
    data: {
      ...{ budget: "team", vault_key_id: null, vault_key_name: null, percent: 100 },
      ...{ usd_cap: 50, usd_used: 50, window: "24h" },
    },
    links: [],
  });
  expect(told(receiver.received, "vault_key.refusals")).toMatchObject([
    { data: { vault_key_id: key.id, calls: expect.any(Number), codes: ["spend_cap_exceeded"] } },
  ]);
  expect(receiver.received).toHaveLength(5);
});

test("a new window and a new cap are told anew", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  await listen(stack, receiver.url, { types: ["budget.threshold"] });
  await stack.admin("/budgets", { method: "POST", body: { name: "team", daily_usd_cap: 10 } });
  const key = await stack.issue({
    ...{ role: "billing", daily_usd_cap: 1000, budget: "team", expires_in_seconds: 7 * 86_400 },
  });
  const spend = (usd: number) => charge(stack, key.vault_key, { amount: usd * 100 });
  await spend(5);
  await receiver.until(1);
  await stack.admin("/budgets/team", { method: "PATCH", body: { daily_usd_cap: 20 } });
  await spend(5);
  await receiver.until(2);
  stack.advance(25 * 3_600_000);
  await spend(10);
  const all = await receiver.until(3);
  expect(all.map(({ body }) => [body.data.percent, body.data.usd_cap, body.data.usd_used])).toEqual([
    [50, 10, 5],
    [50, 20, 10],
    [50, 20, 10],
  ]);
});

test("unknown outcomes, revocations and retry storms are told, without a key or a customer", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  const { secret } = await listen(stack, receiver.url);
  const key = await stack.issue({ name: "lost", role: "billing", daily_usd_cap: 1000 });
  const customer = "cus_demo_alice";
  await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 2 });
  const lose = () => charge(stack, key.vault_key, { customer, source: "", description: "Ann Private" });
  await lose();
  await receiver.until(1);
  await stack.control.clearFaults();
  const again = { "idempotency-key": "the same again" };
  for (let repeats = 0; repeats < 21; repeats++) await charge(stack, key.vault_key, {}, again);
  await receiver.until(2);
  await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST", body: {} });
  await receiver.until(3);
  const [unknown, storm, revoked] = receiver.received.map(({ body }) => body);
  expect(unknown).toMatchObject({
    type: "call.unknown",
    data: {
      vault_key_id: key.id,
      vault_key_name: "lost",
      calls: 1,
      usd: 1,
      call_ids: [expect.stringMatching(/^call_/)],
    },
  });
  expect(storm).toMatchObject({ type: "vault_key.retry_storm", data: { vault_key_id: key.id, calls: 20 } });
  expect(revoked).toMatchObject({
    type: "vault_key.revoked",
    data: { vault_keys: 1, vault_key_names: ["lost"] },
  });
  const everything = JSON.stringify(receiver.received) + stack.logLines.join("");
  for (const word of [key.vault_key, secret, customer, "Private", stack.adminKey])
    expect(everything).not.toContain(word);
});

test("money beyond its hold is told, with how much", async () => {
  const between = interceptedUpstream();
  await using stack = await startStack({ alertsAllowPrivate: true, upstream: between.upstream });
  await using receiver = await startReceiver();
  await listen(stack, receiver.url, { types: ["call.over_hold"] });
  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 100 });
  // Stripe says that it took five dollars where one was asked for.
  between.intercept = async (_sent, pass) => {
    const answered = await pass();
    if (answered.kind !== "answer") return answered;
    return { ...answered, body: answered.body.replace(/"amount": ?100\b/, '"amount":500') };
  };
  await charge(stack, key.vault_key);
  const [alert] = await receiver.until(1);
  expect(alert?.body).toMatchObject({
    type: "call.over_hold",
    data: { vault_key_id: key.id, vault_key_name: "june", calls: 1, usd_over_hold: 4 },
  });
});

test("what is sent is signed as the specification says, and what failed is sent again under the same id", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  const { id, secret } = await listen(stack, receiver.url);
  receiver.answer = 503;
  const first = await stack.admin(`/alerts/${id}/test`, { method: "POST" });
  expect(first.body).toMatchObject({
    type: "test",
    state: "pending",
    attempts: 1,
    status: 503,
    error: "http_503",
  });
  const waitMs = Date.parse(first.body.due_at) - Date.parse(first.body.created_at);
  expect(waitMs).toBeGreaterThan(3_900);
  expect(waitMs).toBeLessThan(8_000);
  receiver.answer = 204;
  stack.advance(10_000);
  const [failed, delivered] = await receiver.until(2);
  expect(delivered?.headers["webhook-id"]).toBe(failed?.headers["webhook-id"]);
  expect(delivered?.headers["webhook-id"]).toBe(first.body.alert_id);
  for (const { headers, text } of [failed, delivered].filter((message) => message !== undefined)) {
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const expected = createHmac("sha256", key).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
    expect(headers.authorization).toBeUndefined();
  }
  const deliveries = await stack.admin("/alerts/deliveries");
  expect(deliveries.body).toMatchObject({
    data: [{ state: "delivered", attempts: 2, status: 204, error: null }],
  });
});

test("a receiver that does not answer holds up neither calls nor another receiver", async () => {
  await using stack = await start();
  await using dead = await startReceiver();
  await using alive = await startReceiver();
  dead.answer = "hang";
  await listen(stack, dead.url);
  await listen(stack, alive.url, { kind: "slack" });
  const key = await stack.issue({ name: "<!channel> & co", role: "billing", daily_usd_cap: 2 });
  await charge(stack, key.vault_key);
  await dead.until(1);
  const begun = performance.now();
  expect((await charge(stack, key.vault_key)).status).toBe(200);
  expect(performance.now() - begun).toBeLessThan(1_000);
  const [half] = await alive.until(3);
  expect(half?.headers["webhook-signature"]).toBeUndefined();
  expect(half?.body.text).toContain("'&lt;!channel&gt; &amp; co'");
  expect(half?.body.blocks[0]).toMatchObject({
    text: { type: "plain_text", text: expect.stringContaining("<!channel>") },
  });
  expect(dead.received).toHaveLength(1);
});

test("neither a redirect nor a private address is followed, and a secret address is shown to nobody", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  await using inside = await startReceiver();
  const { id } = await listen(stack, `${receiver.url}?token=hidden`, { name: "ops" });
  receiver.answer = { redirectTo: inside.url };
  const { body } = await stack.admin(`/alerts/${id}/test`, { method: "POST" });
  expect(body).toMatchObject({ state: "pending", error: "http_307" });
  expect(inside.received).toEqual([]);
  const list = await stack.admin("/alerts");
  expect(list.body.data).toMatchObject([{ id, name: "ops", host: new URL(receiver.url).host, dropped: 0 }]);
  expect(JSON.stringify(list.body) + stack.logLines.join("")).not.toContain("hidden");
});

test("a proxy that was not told otherwise sends to public addresses alone, over https", async () => {
  await using stack = await startStack();
  await using receiver = await startReceiver();
  const refused = async (url: string) => {
    const { status, body } = await stack.admin("/alerts", { method: "POST", body: { url } });
    expect(body.error).toMatchObject({ code: "request_invalid", param: "url" });
    return status;
  };
  const port = new URL(receiver.url).port;
  for (const url of [
    receiver.url,
    "http://hooks.example.com/",
    `https://127.0.0.1:${port}/`,
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://0x7f.1/",
    "https://user:word@hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "not a url",
  ]) {
    expect(await refused(url), url).toBe(400);
  }
  // A name is judged when it is connected to.
  const { body } = await stack.admin("/alerts", {
    method: "POST",
    body: { url: `https://localhost:${port}/` },
  });
  const tested = await stack.admin(`/alerts/${body.id}/test`, { method: "POST" });
  expect(tested.body).toMatchObject({ state: "pending", status: null, error: "address_refused" });
  expect(receiver.received).toEqual([]);
});

test("who is not an admin learns nothing of who is told", async () => {
  await using stack = await start();
  for (const path of ["/admin/alerts", "/admin/alerts/deliveries"]) {
    expect((await fetch(`${stack.url}${path}`)).status).toBe(401);
  }
  const missing = await stack.admin("/alerts/target_none/test", { method: "POST" });
  expect([missing.status, missing.body.error.code]).toEqual([404, "not_found"]);
});

test("a burst that is over is not told again, and one that goes on is", async () => {
  await using stack = await start();
  await using receiver = await startReceiver();
  await listen(stack, receiver.url, { types: ["vault_key.refusals"] });
  const key = await stack.issue({ name: "loop", role: "audit" });
  const refuse = () => charge(stack, key.vault_key);
  for (let count = 0; count < 10; count++) await refuse();
  await receiver.until(1);
  const minutes = async (count: number) => {
    stack.advance(count * 60_000);
    await refuse();
    await new Promise((resolve) => setTimeout(resolve, 600));
  };
  await minutes(20);
  expect(receiver.received).toHaveLength(1);
  // Nor after a crash, when the rows are gone through again.
  await stack.stopProxy();
  await stack.startProxy();
  await minutes(20);
  expect(receiver.received).toHaveLength(1);
  for (let count = 0; count < 10; count++) await refuse();
  const [first, second] = await receiver.until(2);
  expect([first?.body.data.calls, second?.body.data.calls]).toEqual([10, expect.any(Number)]);
  expect(second?.body.data.codes).toEqual(["operation_not_allowed"]);
});
