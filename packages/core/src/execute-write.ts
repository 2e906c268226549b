import type { Prepared } from "./execute.ts";
import { failure } from "./failure.ts";
import { encodeForm } from "./form.ts";
import { type ActIdentity, canonicalAct, idempotencyKey } from "./idempotency.ts";
import { interpret } from "./interpret.ts";
import { ABORTED, beforeAbort } from "./mutex.ts";
import type { Failure, Json, Outcome } from "./outcome.ts";
import type { InFlightWrite } from "./run.ts";
import type { SendResult } from "./send.ts";

interface Act {
  readonly identity: ActIdentity;
  readonly canonical: string;
  /** Names the act in the run's memory. */
  readonly key: string;
}

function refuse(prepared: Prepared, code: string, what: string): Failure {
  return failure({ code, what, operation: prepared.request.operation, write: true });
}

/** The reasons for which the run itself takes no write; checked under the lock, before anything is sent. */
function refusedByRun(prepared: Prepared, isNew: boolean): Failure | null {
  const { caller } = prepared;
  const { stopped, writes } = caller.state;
  if (stopped !== null) {
    return refuse(
      prepared,
      "run_stopped",
      `This run was stopped earlier (${stopped.code}): ${stopped.message}`,
    );
  }
  const limit = Math.min(
    caller.run.maxWrites ?? Number.POSITIVE_INFINITY,
    caller.maxWrites ?? Number.POSITIVE_INFINITY,
  );
  if (isNew && writes >= limit) {
    return refuse(
      prepared,
      "max_writes_reached",
      `This run may make ${limit} charges, payment intents and refunds, and has made them.`,
    );
  }
  return null;
}

/** Sends the act under its key, alone among the writes of the run. */
async function carryOut(prepared: Prepared, act: Act): Promise<Outcome> {
  const { spec, input, request, caller, context } = prepared;
  const { state, simulate } = caller;
  const release = await state.lock.acquire(context.signal);
  if (release === null) return refuse(prepared, "aborted", "The call was aborted before it was sent.");
  try {
    const known = state.act(act.key);
    const refused = refusedByRun(prepared, known === undefined);
    if (refused !== null) return refused;
    const { operation } = request;
    const mode = caller.idempotency;
    const key = simulate
      ? null
      : await idempotencyKey({ runId: caller.run.runId, operation, identity: act.identity, mode });
    if (context.signal?.aborted === true)
      return refuse(prepared, "aborted", "The call was aborted before it was sent.");
    const remembered = known ?? state.remember(act.key, encodeForm(request.params));
    const unknownBefore = remembered.unknown;
    // Whatever goes wrong from here on, the act may have been executed.
    remembered.unknown = true;
    let result: SendResult;
    if (key === null) {
      const { status, replayed, body } = state.simulation.answer(request, act.canonical);
      result = { kind: "answer", status, replayed, body: body as Json, maybeReached: false };
    } else {
      result = await caller.send(request, { body: remembered.body, idempotencyKey: key }, context);
    }
    const facts = { operation, write: true, idempotencyKey: key, unknownBefore };
    const interpreted = interpret(result, facts, (body, { replayed }) =>
      spec.describe(body, { input, replayed }),
    );
    const { outcome } = interpreted;
    remembered.unknown = interpreted.unknown;
    if (interpreted.closesRun && !outcome.ok) {
      state.stopped ??= caller.scrub({ code: outcome.code, message: outcome.message });
    }
    return outcome;
  } finally {
    release();
  }
}

/** The outcome of a call that another, identical and parallel one carried out. */
function asJoined(outcome: Outcome): Outcome {
  if (!outcome.ok || outcome.replayed) return outcome;
  const message = `An identical call at the same time did this once: ${outcome.message} Nothing more was done.`;
  return { ...outcome, replayed: true, message };
}

/**
 * A write. Writes of a run are carried out one after another; an identical one that is under way is joined
 * rather than sent again. A joined call does not suffer from the other's abort: it then goes itself, under
 * the same key.
 */
export async function executeWrite(prepared: Prepared): Promise<Outcome> {
  const { spec, input, request, caller, context } = prepared;
  const { inFlight } = caller.state;
  if (spec.act === null) throw new Error("a write without an act");
  const identity = spec.act(input);
  const canonical = canonicalAct(identity);
  const act: Act = { identity, canonical, key: caller.actKey(request.operation, canonical) };
  for (let other = inFlight.get(act.key); other !== undefined; other = inFlight.get(act.key)) {
    const outcome = await beforeAbort(other.outcome, context.signal);
    if (outcome === ABORTED) {
      const what =
        "The call was aborted while an identical one was under way, whose outcome is not known here.";
      return refuse(prepared, "outcome_unknown", what);
    }
    const cutOff = !outcome.ok && !outcome.final && other.signal?.aborted === true;
    if (!cutOff) return asJoined(outcome);
  }
  const own: InFlightWrite = { outcome: carryOut(prepared, act), signal: context.signal };
  inFlight.set(act.key, own);
  try {
    return await own.outcome;
  } finally {
    if (inFlight.get(act.key) === own) inFlight.delete(act.key);
  }
}
