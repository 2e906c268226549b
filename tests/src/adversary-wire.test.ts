import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/** Bytes that no HTTP client sends: what the proxy priced is what Stripe reads, or nothing reaches Stripe. */
describe("hostile bytes on the wire", () => {
  let stack: Stack;
  let vaultKey: string;
  let keyId: string;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    ({ vault_key: vaultKey, id: keyId } = await stack.issue({
      allowed_operations: ["charges.create", "customers.list"],
      daily_usd_cap: 5,
    }));
  });

  /** Writes text as it is, and answers with all that came back until the end or a short silence. */
  function raw(...parts: (string | Buffer)[]): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(stack.port, "127.0.0.1");
      let answer = "";
      socket.setTimeout(700, () => socket.destroy());
      socket.on("data", (chunk) => {
        answer += chunk.toString("latin1");
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
      for (const part of parts) socket.write(part);
    });
  }

  const head = (start: string, ...headers: string[]) =>
    `${[start, "host: x", ...headers].join("\r\n")}\r\n\r\n`;
  const bearer = () => `authorization: Bearer ${vaultKey}`;
  const FORM = "content-type: application/x-www-form-urlencoded";
  let sequence = 0;
  const idempotencyKey = () => `idempotency-key: wire-${sequence++}`;

  async function reached(): Promise<string[]> {
    return (await stack.control.requests()).data.map(
      (entry) => `${entry.method} ${entry.path} ${entry.body}`,
    );
  }
  const statuses = (answer: string) =>
    [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

  test("a request hidden in another's body is never one of its own", async () => {
    const hidden = head("POST /v1/charges HTTP/1.1", bearer(), FORM, idempotencyKey(), "content-length: 0");
    const both = await raw(
      head("POST /v1/charges HTTP/1.1", bearer(), FORM, "content-length: 6", "transfer-encoding: chunked") +
        `0\r\n\r\n${hidden}`,
    );
    expect(statuses(both)).toEqual([400]);
    const twoLengths = await raw(
      `${head("POST /v1/charges HTTP/1.1", bearer(), FORM, "content-length: 0", `content-length: ${hidden.length}`)}${hidden}`,
    );
    expect(statuses(twoLengths)).toEqual([400]);
    const oddChunked = await raw(
      `${head("POST /v1/charges HTTP/1.1", bearer(), FORM, "transfer-encoding: xchunked")}0\r\n\r\n${hidden}`,
    );
    expect(statuses(oddChunked).filter((status) => status < 400)).toEqual([]);
    const bare = await raw(
      `${head("POST /v1/charges HTTP/1.1", bearer(), FORM, "transfer-encoding: chunked")}5;a=\n\nxx\r\n0\r\n\r\n${hidden}`,
    );
    expect(statuses(bare).filter((status) => status < 400)).toEqual([]);
    expect(await reached()).toEqual([]);
  });

  test("folded, spaced and doubled headers give nobody another identity", async () => {
    const other = (await stack.issue({ role: "refund", daily_usd_cap: 1 })).vault_key;
    const body = "amount=100&currency=usd&source=tok_visa";
    const length = `content-length: ${body.length}`;
    const folded = head(
      "POST /v1/charges HTTP/1.1",
      FORM,
      length,
      idempotencyKey(),
      `authorization: Bearer\r\n ${vaultKey}`,
    );
    expect(statuses(await raw(folded + body)).filter((status) => status < 400)).toEqual([]);
    const spaced = head(
      "POST /v1/charges HTTP/1.1",
      FORM,
      length,
      idempotencyKey(),
      `authorization : Bearer ${vaultKey}`,
    );
    expect(statuses(await raw(spaced + body))).toEqual([400]);
    // Node keeps the first of two; the row shows whose call it was.
    const doubled = head(
      "POST /v1/charges HTTP/1.1",
      FORM,
      length,
      idempotencyKey(),
      `authorization: Bearer ${other}`,
      bearer(),
    );
    expect(await raw(doubled + body)).toContain("operation_not_allowed");
    const keys = head(
      "POST /v1/charges HTTP/1.1",
      FORM,
      length,
      bearer(),
      "idempotency-key: one",
      "idempotency-key: two",
    );
    expect(statuses(await raw(keys + body))).toEqual([200]);
    expect(statuses(await raw(keys + body))).toEqual([200]);
    expect((await stack.control.summary()).charges.created).toBe(1);
    const nul = head("POST /v1/charges HTTP/1.1", FORM, length, bearer(), "idempotency-key: a\0b");
    expect(statuses(await raw(nul + body))).toEqual([400]);
  });

  test("behind a body that is too large no request appears that was not framed as one", async () => {
    const hidden = head("POST /v1/charges HTTP/1.1", bearer(), FORM, idempotencyKey(), "content-length: 0");
    const big = hidden.repeat(2000);
    const answer = await raw(
      head("POST /v1/charges HTTP/1.1", bearer(), FORM, idempotencyKey(), `content-length: ${big.length}`),
      big,
    );
    expect(statuses(answer).filter((status) => status !== 413)).toEqual([]);
    expect(await reached()).toEqual([]);
    expect(await stack.auditRows(`&vault_key_id=${keyId}`)).toHaveLength(1);
  });

  test("pipelined requests are answered in order, each with its own row", async () => {
    const body = "amount=100&currency=usd&source=tok_visa";
    const post = () =>
      head("POST /v1/charges HTTP/1.1", bearer(), FORM, idempotencyKey(), `content-length: ${body.length}`) +
      body;
    const answer = await raw(
      post() + post() + head("GET /v1/customers HTTP/1.1", bearer(), "connection: close"),
    );
    expect(statuses(answer)).toEqual([200, 200, 200]);
    expect(await stack.auditRows(`&vault_key_id=${keyId}`)).toHaveLength(3);
  });

  test.each(["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "PROPFIND", "LINK", "QUERY"])(
    "%s is no operation",
    async (method) => {
      const answer = await raw(
        head(`${method} /v1/customers HTTP/1.1`, bearer(), "connection: close", "content-length: 0"),
      );
      expect(statuses(answer)).toEqual([403]);
      expect(await reached()).toEqual([]);
    },
  );

  test("upgrades, tunnels and absolute targets lead nowhere", async () => {
    const upgrade = await raw(
      head(
        "GET /v1/customers HTTP/1.1",
        "connection: upgrade",
        "upgrade: h2c, websocket",
        "sec-websocket-key: eA==",
      ),
    );
    expect(statuses(upgrade).filter((status) => status === 101 || status === 200)).toEqual([]);
    const tunnel = await raw(head("CONNECT 127.0.0.1:1 HTTP/1.1", bearer()));
    expect(statuses(tunnel).filter((status) => status < 400)).toEqual([]);
    for (const target of [
      "http://evil.example/v1/customers",
      "//evil.example/v1/customers",
      "*",
      "http://x/admin/vault-keys",
    ]) {
      const answer = await raw(head(`GET ${target} HTTP/1.1`, bearer(), "connection: close"));
      expect({ target, status: statuses(answer) }).toEqual({ target, status: [403] });
    }
    expect(await reached()).toEqual([]);
  });

  test("no spelling of an admin path gets around the admin key", async () => {
    for (const target of [
      "/admin/vault-keys",
      "/admin/../admin/vault-keys",
      "/admin/./vault-keys",
      "/admin//vault-keys",
      "/admin/%76ault-keys",
      "/admin/vault-keys/",
      "/admin/%E0%A4%A",
      "/admin/x/../../admin/audit",
      "/admin/openapi.json",
    ]) {
      const answer = await raw(head(`GET ${target} HTTP/1.1`, bearer(), "connection: close"));
      expect({ target, status: statuses(answer) }).toEqual({
        target,
        status: [expect.toSatisfy((status: number) => [400, 401, 404].includes(status))],
      });
      expect(answer).not.toContain("daily_usd_cap");
    }
  });

  /** Bodies that two readers could read differently: refused, or forwarded exactly as they were priced. */
  test.each<[string, string | Buffer, string]>([
    ["a semicolon for an ampersand", "amount=100;amount=99999&currency=usd&source=tok_visa", "form"],
    ["a bracket before the name", "[amount]=99999&currency=usd&source=tok_visa&amount=100", "form"],
    ["a bracket behind the name", "amount]=99999&currency=usd&source=tok_visa&amount=100", "form"],
    ["text and list", "amount=100&amount[]=99999&currency=usd&source=tok_visa", "form"],
    ["text and object", "amount=100&amount[x]=99999&currency=usd&source=tok_visa", "form"],
    ["an encoded twin", "amount=100&%61mount=99999&currency=usd&source=tok_visa", "form"],
    ["a twice encoded twin", "amount=100&%2561mount=99999&currency=usd&source=tok_visa", "form"],
    ["a method override", "amount=100&_method=delete&currency=usd&source=tok_visa", "form"],
    ["a prototype", "amount=100&__proto__[amount]=99999&currency=usd&source=tok_visa", "form"],
    ["an amount with a NUL", "amount=100%00&currency=usd&source=tok_visa", "form"],
    [
      "an amount of full-width digits",
      "amount=%EF%BC%91%EF%BC%90%EF%BC%90&currency=usd&source=tok_visa",
      "form",
    ],
    ["an overlong encoding", "amount=100&currency=usd&source=tok_visa&description=%C0%80", "form"],
    ["a byte order mark", "\uFEFFamount=99999&amount=100&currency=usd&source=tok_visa", "form"],
    ["compressed", gzipSync("amount=100&currency=usd&source=tok_visa"), "form"],
    ["JSON with a twin", '{"amount":99999,"amount":100,"currency":"usd","source":"tok_visa"}', "json"],
    [
      "JSON with an escaped twin",
      '{"amount":99999,"\\u0061mount":100,"currency":"usd","source":"tok_visa"}',
      "json",
    ],
    ["JSON with a huge number", '{"amount":1e400,"currency":"usd","source":"tok_visa"}', "json"],
    ["JSON with a float", '{"amount":100.5,"currency":"usd","source":"tok_visa"}', "json"],
    [
      "JSON with a number past 2^53",
      '{"amount":9007199254740993,"currency":"usd","source":"tok_visa"}',
      "json",
    ],
    ["JSON with a negative zero", '{"amount":-0,"currency":"usd","source":"tok_visa"}', "json"],
    ["JSON with a list for an amount", '{"amount":[100],"currency":"usd","source":"tok_visa"}', "json"],
    [
      "JSON with a prototype",
      '{"amount":100,"currency":"usd","source":"tok_visa","__proto__":{"amount":99999}}',
      "json",
    ],
    [
      "JSON with brackets in a name",
      '{"amount":100,"currency":"usd","source":"tok_visa","a]&amount=99999&b[":1}',
      "json",
    ],
    ["JSON a hundred thousand deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "json"],
    ["JSON that is a list", '[{"amount":100}]', "json"],
    ["JSON in disguise", '{"amount":100,"currency":"usd"}', "form"],
    ["a form in disguise", "amount=100&currency=usd&source=tok_visa", "json"],
    ["XML", "<amount>100</amount>", "xml"],
    ["multipart", '--b\r\ncontent-disposition: form-data; name="amount"\r\n\r\n100\r\n--b--', "multipart"],
  ])("%s", async (_name, body, type) => {
    const types: Record<string, string> = {
      form: "application/x-www-form-urlencoded",
      json: "application/json; charset=utf-8",
      xml: "text/xml",
      multipart: "multipart/form-data; boundary=b",
    };
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const answer = await raw(
      head(
        "POST /v1/charges HTTP/1.1",
        bearer(),
        `content-type: ${types[type]}`,
        idempotencyKey(),
        `content-length: ${bytes.length}`,
        "connection: close",
      ),
      bytes,
    );
    const [status] = statuses(answer);
    const sent = (await reached()).filter((line) => line.startsWith("POST"));
    const { spent, held } = (await stack.admin(`/vault-keys/${keyId}`)).body;
    if (status === 200) {
      expect(sent).toHaveLength(1);
      expect(sent[0]).toMatch(/[ &]amount=100(&|$)/);
      expect(sent[0]?.replaceAll(/%\w\w/g, "")).not.toMatch(/[ &]amount=99999(&|$)/);
      expect({ spent, held }).toEqual({ spent: 1, held: 0 });
    } else {
      // A parameter that no price was judged with is refused by us (403), what cannot be read in one way only too.
      expect([400, 403]).toContain(status);
      // Stripe's own refusals of parameters come back as they are; ours say not to retry.
      if (sent.length === 0) expect(answer.toLowerCase()).toContain("stripe-should-retry: false");
      expect({ spent, held }).toEqual({ spent: 0, held: 0 });
    }
    expect((await stack.ledger.verify(Date.now())).problems).toEqual([]);
  });
});
