import { failure } from "../failure.ts";
import type { Failure, Outcome } from "../outcome.ts";
import type { ActIdentity, WriteTool } from "../tools/tool.ts";
import { encodeForm } from "../wire/form.ts";
import { canonicalAct, idempotencyKey } from "./idempotency.ts";
import { ABORTED, beforeAbort } from "./mutex.ts";
import { asSent, conclude, type Prepared } from "./prepared.ts";
import type { InFlightWrite } from "./run.ts";
import {
  actNameOf,
  asSaidOtherwise,
  type KnownOtherwise,
  knownOtherwise,
  unknownOtherwise,
} from "./said-otherwise.ts";

interface Act {
  readonly identity: ActIdentity;
  readonly canonical: string;
  /** Names the act in the run's memory, as this tool says it. */
  readonly key: string;
  /** Names it whichever tool says it. */
  readonly name: string;
}

const ABORTED_BEFORE = "The call was aborted before it was sent.";

function refuse(prepared: Prepared<WriteTool>, code: string, what: string): Failure {
  return failure({ code, what, operation: prepared.request.operation, write: true });
}

/** The reasons for which the run itself takes no write; checked under the lock, before anything is sent. */
function refusedByRun(prepared: Prepared<WriteTool>, isNew: boolean): Failure | null {
  const { binding } = prepared;
  const { stopped, writes } = binding.state;
  if (stopped !== null) {
    return refuse(
      prepared,
      "run_stopped",
      `This run was stopped earlier (${stopped.code}): ${stopped.message}`,
    );
  }
  const limit = Math.min(
    binding.run.maxWrites ?? Number.POSITIVE_INFINITY,
    binding.maxWrites ?? Number.POSITIVE_INFINITY,
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

/** Sends the act under its key, or simulates it, and remembers whether its outcome is known. */
async function sendAct(prepared: Prepared<WriteTool>, act: Act): Promise<Outcome> {
  const { tool, input, request, binding, context } = prepared;
  const { state, simulate, idempotency: mode, run } = binding;
  const { operation, params } = request;
  const known = state.act(act.key);
  const otherwise = saidOtherwise(prepared, act);
  if (otherwise !== null) return otherwise;
  const refused = refusedByRun(prepared, known === undefined);
  if (refused !== null) return refused;
  const key = simulate
    ? null
    : await idempotencyKey({ runId: run.runId, operation, identity: act.identity, mode });
  if (context.signal?.aborted === true) return refuse(prepared, "aborted", ABORTED_BEFORE);
  const remembered = known ?? state.remember(act.key, encodeForm(params));
  const unknownBefore = remembered.unknown;
  // Whatever goes wrong from here on, the act may have been executed.
  remembered.unknown = true;
  const result =
    key === null
      ? asSent(tool.simulate(state.stripe, { input, params, act: `${operation}:${act.canonical}` }))
      : await binding.send(request, { body: remembered.body, idempotencyKey: key }, context);
  const elsewhere = knownOtherwise(prepared, result);
  if (elsewhere !== null) {
    remembered.unknown = unknownBefore;
    return endElsewhere(prepared, act, elsewhere);
  }
  const { outcome, unknown } = conclude(prepared, result, { idempotencyKey: key, unknownBefore });
  remembered.unknown = unknown;
  state.spell(act.name, outcome.ok || unknown ? { operation, outcome } : null);
  return outcome;
}

/** One act has one spelling: what another tool of the run has done, or may have, is not done again by this one. */
function saidOtherwise(prepared: Prepared<WriteTool>, act: Act): Outcome | null {
  const { binding, request } = prepared;
  const first = binding.state.spelling(act.name);
  if (first === undefined || first.operation === request.operation) return null;
  const { operation, outcome } = first;
  return outcome.ok
    ? asSaidOtherwise(outcome)
    : refuse(prepared, "outcome_unknown", unknownOtherwise(operation));
}

/** What another run, or another process, has said by another tool. */
function endElsewhere(prepared: Prepared<WriteTool>, act: Act, known: KnownOtherwise): Outcome {
  if (known.kind === "unknown") return refuse(prepared, "outcome_unknown", unknownOtherwise(known.operation));
  prepared.binding.state.spell(act.name, { operation: known.first.operation, outcome: known.first });
  return asSaidOtherwise(known.first);
}

/** Carries the act out alone among the writes of the run. */
async function carryOut(prepared: Prepared<WriteTool>, act: Act): Promise<Outcome> {
  const release = await prepared.binding.state.lock.acquire(prepared.context.signal);
  if (release === null) return refuse(prepared, "aborted", ABORTED_BEFORE);
  try {
    return await sendAct(prepared, act);
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
export async function executeWrite(prepared: Prepared<WriteTool>): Promise<Outcome> {
  const { tool, input, request, binding, context } = prepared;
  const { inFlight } = binding.state;
  const identity = tool.act(input);
  const canonical = canonicalAct(identity);
  const act: Act = {
    identity,
    canonical,
    key: binding.actKey(request.operation, canonical),
    name: binding.actKey(actNameOf(tool), canonical),
  };
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
