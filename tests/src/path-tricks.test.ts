import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATH_TRICKS } from "../../packages/proxy/test/path-tricks.ts";
import { type Stack, startStack } from "./stack.ts";

/** Done when: path tricks never reach an operation that the key does not allow, byte for byte on the wire. */
describe("path tricks on the wire", () => {
  let stack: Stack;
  let vaultKey: string;
  beforeAll(async () => {
    stack = await startStack();
    // May do nothing but read one charge: whatever else reaches Stripe is a break-out.
    vaultKey = (await stack.issue({ allowed_operations: ["charges.retrieve"] })).vault_key;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  /** Sends the request line as it is, which no HTTP client would. */
  function send(method: string, target: string, headers: Record<string, string> = {}): Promise<string> {
    const body =
      method === "GET" || method === "DELETE" ? "" : "amount=100&currency=usd&source=tok_visa&charge=ch_1";
    const lines = [
      `${method} ${target} HTTP/1.1`,
      "host: proxy",
      `authorization: Bearer ${vaultKey}`,
      "content-type: application/x-www-form-urlencoded",
      `idempotency-key: k${Math.random()}`,
      `content-length: ${body.length}`,
      "connection: close",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return new Promise((resolve, reject) => {
      const socket = connect(stack.port, "127.0.0.1", () =>
        socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1"),
      );
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk.toString("latin1");
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  }

  async function reached(): Promise<readonly string[]> {
    const { data } = await stack.control.requests();
    return data.map((entry) => `${entry.method} ${entry.path}`);
  }

  const ALLOWED = /^GET \/v1\/charges\/[A-Za-z0-9_]+(\?|$)/;

  test("the table has at least 100 cases", () => {
    expect(PATH_TRICKS.length).toBeGreaterThanOrEqual(100);
  });

  test("none of the table reaches what the key does not allow", async () => {
    await stack.control.reset();
    for (const { name, method, target } of PATH_TRICKS) {
      const answer = await send(method, target);
      // Node itself hangs up on CONNECT.
      if (method !== "CONNECT") expect(answer, name).toMatch(/^HTTP\/1\.1 (200|400|403|404) /);
    }
    expect((await reached()).filter((line) => !ALLOWED.test(line))).toEqual([]);
  });

  test.each([
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    "x-forwarded-prefix",
    "x-forwarded-path",
    "x-original-uri",
  ])("the header %s changes nothing", async (header) => {
    await stack.control.reset();
    for (const value of ["POST", "DELETE", "/v1/refunds"]) {
      await send("GET", "/v1/charges/ch_1", { [header]: value });
      await send("POST", "/v1/charges/ch_1", { [header]: value });
    }
    expect((await reached()).filter((line) => !ALLOWED.test(line))).toEqual([]);
  });

  test("nor does anything that can be built from their parts", async () => {
    await stack.control.reset();
    const part = fc.constantFrom(
      "v1",
      "v2",
      "V1",
      "charges",
      "Charges",
      "refunds",
      "ch_1",
      "..",
      ".",
      "%2e%2e",
      "%2E.",
      "%252e%252e",
      "",
      "stripe",
      "%2f",
      "%5c",
      "\\",
      ";x",
      "charges;x",
      "admin",
      "vault-keys",
      "capture",
      "%00",
      "refund",
      "search",
      "?",
      "%3f",
      "#",
    );
    const target = fc
      .array(part, { minLength: 1, maxLength: 7 })
      .chain((parts) => fc.constantFrom("/", "//", "/./").map((separator) => `/${parts.join(separator)}`));
    const method = fc.constantFrom("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS");
    await fc.assert(
      fc.asyncProperty(method, target, async (verb, path) => {
        await send(verb, path);
      }),
      { numRuns: 400 },
    );
    expect((await reached()).filter((line) => !ALLOWED.test(line))).toEqual([]);
  });
});
