import type { Json, Outcome } from "../outcome.ts";
import { isRecord } from "../text.ts";
import { type ReadTool, requestOf, type StripeRequest } from "../tools/tool.ts";
import type { Answered, SendResult } from "../wire/send.ts";
import { asSent, conclude, type Prepared } from "./prepared.ts";

/** One of the lists or objects that a tool reads. */
type Source = Pick<ReadTool, "request" | "simulate" | "operation">;

async function readPage(
  prepared: Prepared<ReadTool>,
  source: Source,
  request: StripeRequest,
): Promise<SendResult> {
  const { input, binding, context } = prepared;
  if (!binding.simulate) return binding.send(request, null, context);
  return asSent(source.simulate(binding.state.stripe, { input, params: request.params }));
}

/** Reads the further pages of a list into one answer, as far as the tool's bound. */
async function readPages(prepared: Prepared<ReadTool>, source: Source): Promise<SendResult> {
  const { pages = 1 } = prepared.tool;
  const request = requestOf({ ...source, write: false }, prepared.input);
  let result = await readPage(prepared, source, request);
  const all: Json[] = [];
  for (let page = 1; pages > 1; page += 1) {
    if (result.kind !== "answer" || result.status !== 200 || !isRecord(result.body)) return result;
    const { data, has_more: more } = result.body;
    if (!Array.isArray(data)) return result;
    all.push(...data);
    const last: unknown = data.at(-1);
    const cursor = isRecord(last) && typeof last.id === "string" ? last.id : null;
    if (page >= pages || more !== true || cursor === null) {
      return { ...result, body: { ...result.body, data: all } as Json };
    }
    result = await readPage(prepared, source, {
      ...request,
      params: { ...request.params, starting_after: cursor },
    });
  }
  return result;
}

interface ReadAnswer extends Answered {
  readonly body: { readonly [name: string]: Json };
}

/** All that the tool reads, as one answer; the first answer that is none ends it. */
async function readAll(prepared: Prepared<ReadTool>): Promise<SendResult> {
  const { also } = prepared.tool;
  const first = await readPages(prepared, prepared.tool);
  if (also === undefined || !isRead(first)) return first;
  const second = await readPages(prepared, also);
  if (!isRead(second)) return second;
  return { ...second, body: { ...first.body, also: second.body } };
}

function isRead(result: SendResult): result is ReadAnswer {
  return result.kind === "answer" && result.status === 200 && isRecord(result.body);
}

/** A read: no lock, no latch, no key. A refusal of the vault key itself still stops the run's writes. */
export async function executeRead(prepared: Prepared<ReadTool>): Promise<Outcome> {
  const result = await readAll(prepared);
  return conclude(prepared, result, { idempotencyKey: null, unknownBefore: false }).outcome;
}
