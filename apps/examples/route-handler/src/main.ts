/**
 * The witness: calls the app as a browser does, which loses the connection after the charge and before the answer, and
 * asks again. Offline, with a scripted stand-in for the model.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { openWitness, type Turn } from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";
import { customProvider } from "ai";
import { POST } from "./app.ts";

await using witness = await openWitness("Route handler", ["openai", "anthropic"]);
const { customer, order } = witness;

/** The stand-in charges when it sees no result yet, and says so when it does: the same for every request. */
const script: Turn = (results) =>
  results.length === 0
    ? [{ tool: "create_charge", input: { customer_id: customer, amount_cents: 490, reference: order } }]
    : `${order} is charged: $4.90.`;

// The app names its model; the AI SDK asks its default provider for it.
const model = await chooseModel(witness.model, script);
globalThis.AI_SDK_DEFAULT_PROVIDER = customProvider({ languageModels: { "openai/gpt-5-mini": model } });

const chat = randomUUID();
const text = `Charge customer ${customer} $4.90 with reference ${order}.`;
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
const charges = await witness.charges(runId);
const calls = await witness.calls(runId);

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
witness.confirm();
