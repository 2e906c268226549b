/**
 * `app/api/billing/route.ts` of a Next.js app: a chat that can charge, for `useChat` in the browser. A plain fetch
 * handler, so it runs wherever there is a `Request`. Keys and the proxy's address are in the environment.
 */
import { billingTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  isStepCount,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from "ai";

export async function POST(request: Request): Promise<Response> {
  const { id, messages } = (await request.json()) as { id: string; messages: UIMessage[] };

  // A request that the browser sends again (a lost connection, a reload) is the same run, so it charges once.
  // In an app, put the signed-in user before the chat's id, which the browser chose.
  const run = createRun({ runId: `${id}:${messages.at(-1)?.id}`, agent: "billing", conversationId: id });
  const tools = billingTools({ vaultKey: process.env.KEYBRAKE_BILLING_VAULT_KEY ?? "", run });

  const result = streamText({
    model: "openai/gpt-5-mini",
    instructions: "You are a billing agent. When a tool says stop, stop.",
    messages: await convertToModelMessages(messages, { tools, ignoreIncompleteToolCalls: true }),
    tools,
    stopWhen: isStepCount(10),
    abortSignal: request.signal,
  });
  return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream: result.stream, tools }) });
}
