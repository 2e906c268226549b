import { createServer, type Server, type Socket } from "node:net";
import type { Ledger } from "@keybrake/ledger";
import { createUndiciUpstream, type UpstreamRequest } from "@keybrake/proxy";
import { afterEach, describe, expect, test } from "vitest";
import { answered, interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { charge, type Stack, type StackOptions, startStack } from "./stack.ts";

/** What breaks around a call must neither lose its money nor lock up its act. */
describe("failures around a call", () => {
  let stack: Stack | undefined;
  afterEach(async () => {
    await stack?.[Symbol.asyncDispose]();
    stack = undefined;
  });
  async function start(options: StackOptions): Promise<Stack> {
    stack = await startStack(options);
    return stack;
  }

  /** A ledger whose methods fail while a test says so. */
  function failing(): {
    readonly failing: Set<keyof Ledger>;
    readonly wrap: <P>(ledger: Ledger<P>) => Ledger<P>;
  } {
    const names = new Set<keyof Ledger>();
    const wrap = <P>(ledger: Ledger<P>): Ledger<P> =>
      new Proxy(ledger, {
        get(target, name: keyof Ledger) {
          const method: unknown = target[name];
          if (typeof method !== "function") return method;
          return (...values: unknown[]) =>
            names.has(name) ? Promise.reject(new Error(`${name}: disk full`)) : method.apply(target, values);
        },
      });
    return { failing: names, wrap };
  }

  const usage = async (on: Stack, id: string) => (await on.admin(`/vault-keys/${id}`)).body;

  test("an outcome that the store does not take is taken later, without a restart", async () => {
    const disk = failing();
    const on = await start({ ledger: disk.wrap });
    const key = await on.issue();
    const same = { "idempotency-key": "stuck" };
    disk.failing.add("settle");
    const first = await charge(on, key.vault_key, { amount: 700 }, same);
    expect({ status: first.status, code: first.body.error.code }).toEqual({
      status: 503,
      code: "store_unavailable",
    });
    expect(await usage(on, key.id)).toMatchObject({ held: 7, spent: 0 });
    disk.failing.clear();
    const again = await charge(on, key.vault_key, { amount: 700 }, same);
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await usage(on, key.id)).toMatchObject({ held: 0, spent: 7 });
    expect((await on.control.summary()).charges.created).toBe(1);
    expect((await on.ledger.verify(Date.now())).problems).toEqual([]);
  });

  test("a re-send whose cost cannot be read back does not lock up the act", async () => {
    const disk = failing();
    const wire = interceptedUpstream();
    const on = await start({ ledger: disk.wrap, upstream: wire.upstream });
    const key = await on.issue();
    const same = { "idempotency-key": "stuck-resend" };
    wire.intercept = async () => LOST;
    await charge(on, key.vault_key, { amount: 700 }, same);
    wire.intercept = (_request, pass) => pass();
    disk.failing.add("getCall");
    expect((await charge(on, key.vault_key, { amount: 700 }, same)).status).toBe(503);
    disk.failing.clear();
    expect((await charge(on, key.vault_key, { amount: 700 }, same)).status).toBe(200);
    expect(await usage(on, key.id)).toMatchObject({ held: 0, spent: 7 });
    expect((await on.control.summary()).charges.created).toBe(1);
  });

  test("a store that cannot admit or write down answers 503, and nothing has left", async () => {
    const disk = failing();
    const on = await start({ ledger: disk.wrap });
    const key = await on.issue();
    for (const method of ["admit", "record", "findClaim", "findVaultKeyByHash"] as const) {
      disk.failing.add(method);
      const form = method === "record" ? { amount: 0 } : {};
      const answer = await charge(on, key.vault_key, form);
      expect({ method, status: answer.status, code: answer.body.error.code }).toEqual({
        method,
        status: 503,
        code: "store_unavailable",
      });
      expect(answer.headers.get("stripe-should-retry")).toBe("false");
      disk.failing.clear();
    }
    expect((await on.control.summary()).charges.created).toBe(0);
    expect(await usage(on, key.id)).toMatchObject({ held: 0, spent: 0 });
  });

  test.each([
    ["HTML", answered(200, "<html>Sign in to the guest network</html>", { "content-type": "text/html" })],
    ["half an object", answered(200, '{"id":"ch_1","object":"cha')],
    ["nothing", answered(200, "")],
    ["text", answered(200, '"ok"')],
    ["a list", answered(201, "[]")],
    ["a redirection", answered(302, "{}", { location: "http://evil.example/" })],
  ])("a success that says %s is none: the hold stays, the act can be settled", async (_name, garbage) => {
    const wire = interceptedUpstream();
    const on = await start({ upstream: wire.upstream });
    const key = await on.issue();
    const same = { "idempotency-key": "garbage" };
    wire.intercept = async () => garbage;
    const first = await charge(on, key.vault_key, { amount: 700 }, same);
    expect({ status: first.status, code: first.body.error.code }).toEqual({
      status: 504,
      code: "outcome_unknown",
    });
    expect(first.headers.get("location")).toBeNull();
    expect(await usage(on, key.id)).toMatchObject({ held: 7, spent: 0 });
    const read = await on.call(key.vault_key, "GET", "/v1/customers");
    expect({ status: read.status, code: read.body.error?.code }).toEqual({
      status: 502,
      code: "upstream_unreachable",
    });
    wire.intercept = (_request, pass) => pass();
    expect((await charge(on, key.vault_key, { amount: 700 }, same)).status).toBe(200);
    expect(await usage(on, key.id)).toMatchObject({ held: 0, spent: 7 });
  });

  test.each([
    [400, "{}", 504],
    [403, '{"message":"blocked by the firewall"}', 504],
    [404, "<h1>Not Found</h1>", 504],
    [429, '{"error":"slow down"}', 504],
    [500, "{}", 500],
    [502, "", 502],
  ])("an error %i that Stripe would not write still is an error to its SDKs", async (status, body, shown) => {
    const wire = interceptedUpstream();
    const on = await start({ upstream: wire.upstream });
    const key = await on.issue();
    wire.intercept = async () => answered(status, body);
    const stripe = on.stripe(key.vault_key, { maxNetworkRetries: 0 });
    await expect(
      stripe.charges.create({ amount: 100, currency: "usd", source: "tok_visa" }),
    ).rejects.toMatchObject({
      statusCode: shown,
      message: expect.stringMatching(/.{10}/),
    });
  });

  test("an answer that trickles in for ever is given up, and its hold stays", async () => {
    let trickle: NodeJS.Timeout | undefined;
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{");
        trickle = setInterval(() => socket.write(" "), 20);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    const on = await start({
      upstream: () => createUndiciUpstream(`http://127.0.0.1:${address.port}`, { timeoutMs: 300 }),
    });
    const key = await on.issue();
    const answer = await charge(on, key.vault_key, { amount: 700 });
    expect(answer.body.error.code).toBe("outcome_unknown");
    expect(await usage(on, key.id)).toMatchObject({ held: 7, spent: 0 });
    clearInterval(trickle);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test("a call that never got a socket is given up as not sent, and is not sent later", async () => {
    const received: string[] = [];
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", (chunk) => received.push(chunk.toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    const upstream = createUndiciUpstream(`http://127.0.0.1:${address.port}`, {
      timeoutMs: 300,
      connections: 1,
    });
    const request = (path: string): UpstreamRequest => ({
      method: "POST",
      path,
      headers: {},
      body: "amount=1",
    });
    // Both give up in the same millisecond, and the socket that the first leaves may still come in time: it is said so then.
    let isGivenUp = false;
    for (let attempt = 0; attempt < 10 && !isGivenUp; attempt++) {
      const queued = `/queued-${attempt}`;
      const [first, second] = await Promise.all([
        upstream.send(request("/first")),
        upstream.send(request(queued)),
      ]);
      expect(first.kind).toBe("unknown");
      isGivenUp = second.kind === "not_sent";
      const later = await upstream.send(request(`/third-${attempt}`));
      expect(later.kind).toBe("unknown");
      expect(received.join("")).toContain(`/third-${attempt}`);
      expect(received.join("").includes(queued)).toBe(!isGivenUp);
    }
    expect(isGivenUp).toBe(true);
    for (const socket of sockets) socket.destroy();
    server.close();
    await upstream.close();
  });

  test("early hints before the answer are not the answer", async () => {
    const server: Server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        const body = '{"id":"ch_1","object":"charge","amount":700,"currency":"usd"}';
        socket.write("HTTP/1.1 103 Early Hints\r\nidempotent-replayed: true\r\nrequest-id: req_hint\r\n\r\n");
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nrequest-id: req_real\r\n\r\n${body}`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    const upstream = createUndiciUpstream(`http://127.0.0.1:${address.port}`);
    const result = await upstream.send({ method: "POST", path: "/v1/charges", headers: {}, body: "a=1" });
    expect(result).toMatchObject({ kind: "answer", status: 200, headers: { "request-id": "req_real" } });
    expect(result.kind === "answer" && result.headers["idempotent-replayed"]).toBeFalsy();
    await upstream.close();
    server.close();
  });
});
