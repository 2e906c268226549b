import type { Prepared } from "./execute.ts";
import { interpret } from "./interpret.ts";
import type { Json, Outcome } from "./outcome.ts";
import type { SendResult } from "./send.ts";
import { isRecord } from "./text.ts";
import type { StripeRequest } from "./tool-spec.ts";

async function readPage(prepared: Prepared, request: StripeRequest): Promise<SendResult> {
  const { caller, context } = prepared;
  if (!caller.simulate) return caller.send(request, null, context);
  const { status, body, replayed } = caller.state.simulation.answer(request, null);
  return { kind: "answer", status, replayed, body: body as Json, maybeReached: false };
}

/** Reads the further pages of a list into one answer, as far as the tool's bound. */
async function readPages(prepared: Prepared): Promise<SendResult> {
  const { spec, request } = prepared;
  let result = await readPage(prepared, request);
  const all: Json[] = [];
  for (let page = 1; ; page += 1) {
    if (result.kind !== "answer" || result.status !== 200 || !isRecord(result.body)) return result;
    const { data, has_more: more } = result.body;
    if (!Array.isArray(data)) return result;
    all.push(...data);
    const last: unknown = data.at(-1);
    const cursor = isRecord(last) && typeof last.id === "string" ? last.id : null;
    if (page >= spec.pages || more !== true || cursor === null) {
      return { ...result, body: { ...result.body, data: all } as Json };
    }
    result = await readPage(prepared, { ...request, params: { ...request.params, starting_after: cursor } });
  }
}

/** A read: no lock, no latch, no key. A refusal of the vault key itself still stops the run's writes. */
export async function executeRead(prepared: Prepared): Promise<Outcome> {
  const { spec, input, request, caller } = prepared;
  const result = await (spec.pages > 1 ? readPages(prepared) : readPage(prepared, request));
  const facts = { operation: request.operation, write: false, idempotencyKey: null, unknownBefore: false };
  const { outcome, closesRun } = interpret(result, facts, (body, { replayed }) =>
    spec.describe(body, { input, replayed }),
  );
  if (closesRun && !outcome.ok)
    caller.state.stopped ??= caller.scrub({ code: outcome.code, message: outcome.message });
  return outcome;
}
