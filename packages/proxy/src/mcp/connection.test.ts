import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createToolset, type FetchLike, type Toolset } from "@keybrake/core";
import { expect, test } from "vitest";
import { connectSession } from "./connection.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};

/** A session whose calls never come back from the proxy. */
async function hangingSession() {
  let onSent = () => {};
  const fetch: FetchLike = () => {
    onSent();
    return new Promise(() => {});
  };
  const toolset = createToolset("billing", { vaultKey: "vk_test_x", proxyUrl: "http://127.0.0.1:1", fetch });
  const errors: Error[] = [];
  const session = await connectSession("mcp_test", [toolset as unknown as Toolset], (error) =>
    errors.push(error),
  );
  const post = (message: object) => {
    const headers = {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": "mcp_test",
    };
    return session.handle(new Request("http://localhost/mcp", { method: "POST", headers }), message);
  };
  await post(INITIALIZE);

  /** Sends a call, and cancels it once it is on its way. */
  async function cancelledCall(id: number) {
    const sent = new Promise<void>((resolve) => {
      onSent = resolve;
    });
    const params = { name: "create_charge", arguments: { customer_id: "cus_1", amount_cents: id } };
    const message = { jsonrpc: "2.0", id, method: "tools/call", params };
    const answer = post(message);
    await sent;
    await post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    const { status } = await answer;
    return { status, message: new WeakRef(message) };
  }
  return { session, cancelledCall, errors };
}

test("a cancelled call is answered, leaves nothing behind in the session, and holds up no end", async () => {
  const { session, cancelledCall, errors } = await hangingSession();
  const cancelled = [await cancelledCall(1), await cancelledCall(2)];
  expect(cancelled.map(({ status }) => status)).toEqual([202, 202]);
  await expect
    .poll(() => {
      collectGarbage();
      return cancelled.filter(({ message }) => message.deref() !== undefined).length;
    })
    .toBe(0);
  await session.close();
  expect(errors).toEqual([]);
});
