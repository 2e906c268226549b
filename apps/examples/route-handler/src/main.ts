/** Calls the route handler as a browser does: loses the connection after the charge and before the answer, and asks again. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { openDesk, sayCalls } from "@keybrake/example-shared";

await using desk = await openDesk("Route handler with AI SDK streaming", ["openai", "anthropic"]);
process.env.KEYBRAKE_PROXY_URL = desk.proxyUrl;
process.env.KEYBRAKE_BILLING_VAULT_KEY = await desk.vaultKey("billing");
const { POST } = await import("./route.ts");

const chat = randomUUID();
const text = "Charge customer cus_demo_alice $4.90 with reference order-7.";
const message = { id: "message-1", role: "user", parts: [{ type: "text", text }] };

function post(signal: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ id: chat, messages: [message] });
  return POST(new Request("http://localhost/api/billing", { method: "POST", body, signal }));
}

/** Reads the stream until something was said, or to its end. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  let read = "";
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    read += chunk;
    if (read.includes(wanted)) break;
  }
  return read;
}

const browser = new AbortController();
await readUntil(await post(browser.signal), "tool-output-available");
browser.abort();

const answer = await readUntil(await post(new AbortController().signal), "[DONE]");

const runId = `${chat}:${message.id}`;
const charges = await desk.charges(runId);
const calls = await desk.calls(runId);
sayCalls(calls);

assert.match(answer, /"type":"text-delta"/, "the answer was streamed");
assert.match(answer, new RegExp(charges[0]?.id ?? "none"), "the second request was told of the charge");
assert.deepEqual(
  charges.map(({ amount }) => amount),
  [490],
  "Stripe has one charge, though the browser asked twice",
);
assert.deepEqual(
  calls.map(({ decision }) => decision),
  ["allowed", "replayed"],
  "the second call got the first one's answer",
);
process.stdout.write("Everything is as stated.\n");
