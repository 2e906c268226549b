import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type DeclaredAccount, declareVendor, readDescription, startProxy } from "@keybrake/proxy";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** A vendor's stand-in on a real socket, and what came to it. */
async function startStandIn(reply: (seen: Seen) => Reply) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    seen.push(one);
    const { status = 200, headers = {}, body: answer } = reply(one);
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  opened.push({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function describedBy(name: string): DeclaredAccount["description"] {
  const file = fileURLToPath(new URL(`../../packages/proxy/vendors/${name}.yaml`, import.meta.url));
  const read = readDescription(parse(readFileSync(file, "utf8")));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.description;
}

async function startGoverned(name: string, credential: string, reply: (seen: Seen) => Reply) {
  const standIn = await startStandIn(reply);
  const proxy = await startProxy({
    stripeSecretKey: "sk_test_not_called",
    stripeUrl: standIn.url,
    vendors: [{ description: describedBy(name), credential, url: standIn.url }],
  });
  opened.push(proxy);
  const issue = (policy: object) =>
    proxy.admin.vaultKeys.create({ name: "notify", vendor: name, ...policy } as never);
  const rows = async () => (await proxy.admin.audit.list({})).data;
  return { standIn, proxy, issue, rows };
}

const RESEND_KEY = "re_0123456789abcdef";

async function startResend(reply: (seen: Seen) => Reply = () => ({ body: { id: "email_1" } })) {
  const governed = await startGoverned("resend", RESEND_KEY, reply);
  const { vault_key, id } = await governed.issue({ allowed_operations: ["emails.*"], daily_usd_cap: 0.0025 });
  const send = (fields: object, headers: Record<string, string> = {}) =>
    fetch(`${governed.proxy.url}/resend/emails`, {
      method: "POST",
      headers: { authorization: `Bearer ${vault_key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({ from: "a@example.com", subject: "June", text: "Hello", ...fields }),
    });
  return { ...governed, send, id };
}

test("an e-mail goes out once, under the real key, and costs its recipients to the millionth", async () => {
  const { send, standIn, rows, proxy, id } = await startResend();
  const answer = await send({ to: ["b@example.com", "c@example.com"] });
  expect([answer.status, await answer.json()]).toEqual([200, { id: "email_1" }]);
  const [out] = standIn.seen;
  expect(out).toMatchObject({ method: "POST", url: "/emails" });
  expect(out?.headers.authorization).toBe(`Bearer ${RESEND_KEY}`);
  expect(JSON.parse(out?.body ?? "").tags).toEqual([
    { name: "keybrake_key", value: id },
    { name: "keybrake_call", value: expect.stringMatching(/^call_/) },
  ]);
  const [row] = await rows();
  expect(row).toMatchObject({
    operation: "emails.send",
    state: "posted",
    usd_micros: 1800,
    object_id: "email_1",
  });
  expect(row).toMatchObject({ amount_minor: null, currency: null });
  // The same again, in other words, is the same act; to somebody else it is another, for which there is no room.
  const again = await send({ to: ["b@example.com", "c@example.com"] });
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  const over = await send({ to: "d@example.com" });
  expect([over.status, await over.json()]).toMatchObject([
    429,
    { name: "spend_cap_exceeded", statusCode: 429, message: expect.stringContaining("$0.0025") },
  ]);
  expect(standIn.seen).toHaveLength(1);
  expect(await proxy.admin.vaultKeys.get(id)).toMatchObject({ spent: 0.0018 });
});

test("a parameter that the description does not know, a path that it lacks and a query beside a body go nowhere", async () => {
  const { send, standIn, proxy, issue } = await startResend();
  const unknown = await send({ to: "b@example.com", batch: [{}] });
  expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining("batch")]);
  const { vault_key } = await issue({ allowed_operations: ["*"], daily_usd_cap: 1 });
  const headers = { authorization: `Bearer ${vault_key}` };
  for (const path of ["/emails?to=x", "/audiences", "/emails/../emails", "/emails%2F1", "//emails"]) {
    const answer = await fetch(`${proxy.url}/resend${path}`, { method: "POST", headers, body: "{}" });
    expect([path, answer.status >= 400]).toEqual([path, true]);
  }
  expect(standIn.seen).toEqual([]);
});

test("a lost answer is sent again under the same key, and only the vendor's own refusal gives the hold back", async () => {
  let isAway = true;
  const { send, standIn, rows } = await startResend(() =>
    isAway ? { status: 502, body: "gone" } : { body: { id: "email_2" } },
  );
  expect((await send({ to: "b@example.com" })).status).toBe(504);
  expect((await rows())[0]).toMatchObject({ state: "unknown", usd_micros: 900 });
  isAway = false;
  expect((await send({ to: "b@example.com" })).status).toBe(200);
  const [first, second] = standIn.seen.map(({ headers }) => headers["idempotency-key"]);
  expect(first).toBeTruthy();
  expect(second).toBe(first);
});

test("what a vendor refuses in its own shape is voided; its key is in no answer", async () => {
  const quoting = { name: "invalid_api_key", message: `${RESEND_KEY} is wrong`, statusCode: 401 };
  const { send, rows } = await startResend(() => ({ status: 401, body: quoting }));
  const answer = await send({ to: "b@example.com" });
  const text = await answer.text();
  expect([answer.status, text.includes(RESEND_KEY), text.includes("invalid_api_key")]).toEqual([
    401,
    false,
    true,
  ]);
  expect((await rows())[0]).toMatchObject({ state: "voided", code: "invalid_api_key" });
});

test("a key is no part of a word", () => {
  const { redact } = declareVendor(describedBy("resend"));
  expect(redact(`before_engagement_mail and ${RESEND_KEY}.`)).toBe("before_engagement_mail and [redacted]");
});

test("Twilio's clients send a vault key as their password; what a message cost, the answer says", async () => {
  const sid = `AC${"0".repeat(32)}`;
  const token = "0123456789abcdef0123456789abcdef";
  const { standIn, issue, rows, proxy } = await startGoverned("twilio", `${sid}:${token}`, ({ url }) =>
    url.includes("refuse")
      ? { status: 400, body: { code: 21211 } }
      : { status: 201, body: { sid: "SM1", num_segments: "2" } },
  );
  const { vault_key } = await issue({
    ...{ allowed_operations: ["messages.*"], daily_usd_cap: 0.05 },
    ...{ stripe_accounts: [sid], customers: ["+15550001111"] },
  });
  const send = (account: string, fields: Record<string, string>) =>
    fetch(`${proxy.url}/twilio/2010-04-01/Accounts/${account}/Messages.json`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${sid}:${vault_key}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(fields).toString(),
    });
  const message = { To: "+15550001111", From: "+15550002222", Body: "x".repeat(201) };
  expect((await send(sid, message)).status).toBe(201);
  const [out] = standIn.seen;
  expect(out?.url).toBe(`/2010-04-01/Accounts/${sid}/Messages.json`);
  expect(out?.headers.authorization).toBe(`Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}`);
  // Held for four segments, posted for the two that it was.
  expect((await rows())[0]).toMatchObject({ state: "posted", usd_micros: 15_800 });
  const other = await send(`AC${"1".repeat(32)}`, message);
  expect(await other.json()).toMatchObject({ code: "account_not_allowed" });
  const stranger = await send(sid, { ...message, To: "+15559999999" });
  expect(await stranger.json()).toMatchObject({ code: "customer_not_allowed" });
  expect(standIn.seen).toHaveLength(1);
});

test("a metered call holds the most that it may cost, and posts what its usage says", async () => {
  const usage = { input_tokens: 3, output_tokens: 7 };
  const { issue, rows, proxy, standIn } = await startGoverned("openai", "sk-0123456789abcdef", () => ({
    body: { id: "resp_1", usage },
  }));
  const { vault_key } = await issue({ allowed_operations: ["responses.create"], daily_usd_cap: 0.01 });
  const ask = (fields: object) =>
    fetch(`${proxy.url}/openai/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${vault_key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "small", input: "Hello", ...fields }),
    });
  expect((await ask({ max_output_tokens: 900 })).status).toBe(200);
  expect(standIn.seen[0]?.url).toBe("/v1/responses");
  // 3 × $0.00000125 + 7 × $0.00001, rounded up to the millionth.
  expect((await rows())[0]).toMatchObject({ state: "posted", usd_micros: 74 });
  const unbounded = await ask({ input: "Say more" });
  expect([unbounded.status, await unbounded.text()]).toEqual([
    400,
    expect.stringContaining("max_output_tokens"),
  ]);
  expect((await ask({ input: "Much", max_output_tokens: 1000 })).status).toBe(429);
  expect(standIn.seen).toHaveLength(1);
});

test.each([
  ["a name of a page of ours", { name: "admin" }, "name"],
  ["plain http to elsewhere", { base_url: "http://api.example.com" }, "base_url"],
  [
    "a float for a price",
    { operations: { "a.b": { method: "POST", path: "/a", parameters: [], cost: [{ usd: 0.1 }] } } },
    "operations.a.b.cost",
  ],
  [
    "a costly operation whose parameters nobody said",
    { operations: { "a.b": { method: "POST", path: "/a", cost: [{ usd: "1" }] } } },
    "operations.a.b.parameters",
  ],
  ["a header that says whom a request is from", { passed_headers: ["authorization"] }, "passed_headers.0"],
  [
    "two operations at one place",
    { operations: { "a.b": { method: "GET", path: "/a/{x}" }, "a.c": { method: "GET", path: "/a/{y}" } } },
    "operations.a.c.path",
  ],
  ["a field that does not exist", { costs: 1 }, ""],
])("a description with %s is refused, and it says where", (_, change, at) => {
  const base = { ...describedBy("resend"), ...change };
  const read = readDescription(base);
  expect(read.ok ? [] : read.problems.map((problem) => problem.at)).toContain(at);
});
