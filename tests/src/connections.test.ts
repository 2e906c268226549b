import type { Ledger } from "@keybrake/ledger";
import { describe, expect, test } from "vitest";
import { startStack } from "./stack.ts";
import { answered, bearer, head, openWire, over, statuses } from "./wire.ts";

/** More than the buffers of a socket hold. */
const PAD = "x".repeat(8 * 1024 * 1024);

/** Something that a test lets happen when it wants to, and when it was asked for. */
function gate() {
  const asked = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const pass = () => {
    asked.resolve();
    return opened.promise;
  };
  return { pass, asked: asked.promise, open: () => opened.resolve() };
}

describe("a shutdown", () => {
  test("lets a long answer get to its client", async () => {
    const { pass, asked, open } = gate();
    const stack = await startStack({
      upstream: () => ({
        async send() {
          await pass();
          const body = JSON.stringify({ object: "list", data: [], pad: PAD });
          const headers = { "content-type": "application/json", "request-id": "req_long" };
          return { kind: "answer", status: 200, headers, body };
        },
        close: async () => {},
      }),
    });
    const key = await stack.issue();
    const wire = await openWire(stack.port);
    // A client that reads in small bites.
    wire.socket.on("data", () => {
      wire.socket.pause();
      setImmediate(() => wire.socket.resume());
    });
    wire.send(head("GET /v1/customers", bearer(key.vault_key)));
    await asked;
    const closed = stack[Symbol.asyncDispose]();
    open();
    await closed;
    await over(wire);
    expect(wire.received().length).toBeGreaterThan(PAD.length);
  });

  test("lets the admin API answer: a key that was issued is shown", async () => {
    const { pass, asked, open } = gate();
    const held = (ledger: Ledger): Ledger["createVaultKey"] =>
      async function createVaultKey(key) {
        await pass();
        return ledger.createVaultKey(key);
      };
    const stack = await startStack({
      ledger: (ledger) =>
        new Proxy(ledger, {
          get: (target, name) => {
            if (name === "createVaultKey") return held(target);
            const value = Reflect.get(target, name);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
    });
    const issued = stack.issue();
    await asked;
    const closed = stack[Symbol.asyncDispose]();
    open();
    expect(await issued).toMatchObject({ vault_key: expect.stringMatching(/^vk_test_/) });
    await closed;
  });
});

test("what cannot be read after a call does not answer in its place", async () => {
  await using stack = await startStack();
  const { vault_key } = await stack.issue();
  await stack.control.addFault({ operation: "customers.list", kind: "delay", delay_ms: 300, times: 1 });
  const list = head("GET /v1/customers", bearer(vault_key));
  const wire = await openWire(stack.port);
  wire.send(`${list + list}garbage\r\n\r\n`);
  await answered(wire, [200, 200]);
  await over(wire);
  expect(wire.received()).toMatch(/\r\nconnection: close\r\n/i);
  for (const unreadable of [
    "garbage\r\n\r\n",
    `${head("GET /healthz", "content-length: 1", "content-length: 2")}`,
  ]) {
    const bare = await openWire(stack.port);
    bare.send(unreadable);
    await over(bare);
    expect(statuses(bare.received())).toEqual([400]);
  }
});
