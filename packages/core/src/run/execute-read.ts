import type { Json, Outcome } from "../outcome.ts";
import { isRecord } from "../text.ts";
import type { ReadTool, StripeRequest } from "../tools/tool.ts";
import type { SendResult } from "../wire/send.ts";
import { asSent, conclude, type Prepared } from "./prepared.ts";

async function readPage(prepared: Prepared<ReadTool>, request: StripeRequest): Promise<SendResult> {
  const { tool, input, binding, context } = prepared;
  if (!binding.simulate) return binding.send(request, null, context);
  return asSent(tool.simulate(binding.state.stripe, { input, params: request.params }));
}

/** Reads the further pages of a list into one answer, as far as the tool's bound. */
async function readPages(prepared: Prepared<ReadTool>, pages: number): Promise<SendResult> {
  const { request } = prepared;
  let result = await readPage(prepared, request);
  const all: Json[] = [];
  for (let page = 1; ; page += 1) {
    if (result.kind !== "answer" || result.status !== 200 || !isRecord(result.body)) return result;
    const { data, has_more: more } = result.body;
    if (!Array.isArray(data)) return result;
    all.push(...data);
    const last: unknown = data.at(-1);
    const cursor = isRecord(last) && typeof last.id === "string" ? last.id : null;
    if (page >= pages || more !== true || cursor === null) {
      return { ...result, body: { ...result.body, data: all } as Json };
    }
    result = await readPage(prepared, { ...request, params: { ...request.params, starting_after: cursor } });
  }
}

/** A read: no lock, no latch, no key. A refusal of the vault key itself still stops the run's writes. */
export async function executeRead(prepared: Prepared<ReadTool>): Promise<Outcome> {
  const { tool, request } = prepared;
  const { pages = 1 } = tool;
  const result = await (pages > 1 ? readPages(prepared, pages) : readPage(prepared, request));
  return conclude(prepared, result, { idempotencyKey: null, unknownBefore: false }).outcome;
}
