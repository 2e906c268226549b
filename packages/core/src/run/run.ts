import { KeybrakeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ApprovalCard, Outcome } from "../outcome.ts";
import { SimulatedStripe } from "../tools/shared/simulated-stripe.ts";
import { checkAgentText, checkInteger } from "./checks.ts";
import { Mutex } from "./mutex.ts";

export interface RunOptions {
  /** Name of the run; the same name in a resumed run gives the same Idempotency-Keys. Made up when absent. */
  readonly runId?: string | undefined;
  /** Who calls, for the audit log. */
  readonly agent?: string | undefined;
  /** For the audit log. */
  readonly conversationId?: string | undefined;
  /** Most different acts (charges, payment intents, refunds) that this run may send. */
  readonly maxWrites?: number | undefined;
  /** Makes the run id when none is given. */
  readonly randomUUID?: (() => string) | undefined;
}

/** Why a run takes no more writes. */
export interface RunStop {
  readonly code: string;
  readonly message: string;
}

/**
 * One run of an agent (or of several that hand over to each other): the scope within which an act happens
 * once. All tool sets of a run share its latch, its write lock and its memory of acts. Holds no key.
 */
export interface Run {
  readonly runId: string;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly maxWrites: number | null;
  /** Different acts sent so far. */
  readonly writes: number;
  /** Set once the latch is closed: every later write is refused without a request. */
  readonly stopped: RunStop | null;
}

/** What a run remembers of an act. */
export interface RememberedAct {
  /** The first body sent; sent again whatever the wording of a repetition. */
  readonly body: string;
  /** True while some try may have been executed and no answer said so. */
  unknown: boolean;
}

/** How an act was said that was carried out, or may have been. */
export interface Spelling {
  readonly operation: string;
  readonly outcome: Outcome;
}

/** A write under way, and the signal that can cut it off. */
export interface InFlightWrite {
  readonly outcome: Promise<Outcome>;
  readonly signal: AbortSignal | undefined;
}

/** The shared state behind a run, for tool sets alone. Keyed by texts that hold a vault key: never exposed. */
export class RunState {
  readonly lock = new Mutex();
  /** Writes under way, by act: a parallel identical call joins. */
  readonly inFlight = new Map<string, InFlightWrite>();
  /** What simulated calls see and make. */
  readonly stripe = new SimulatedStripe();
  writes = 0;
  stopped: RunStop | null = null;
  /** What the proxy has asked a person, by the very call: few, since it asks about few at once. */
  readonly cards = new Map<string, ApprovalCard>();
  readonly #acts = new Map<string, RememberedAct>();
  readonly #spellings = new Map<string, Spelling>();

  act(key: string): RememberedAct | undefined {
    return this.#acts.get(key);
  }

  /** Counts the act as a write of the run. */
  remember(key: string, body: string): RememberedAct {
    const act: RememberedAct = { body, unknown: false };
    this.#acts.set(key, act);
    this.writes += 1;
    forgetOldest(this.#acts);
    return act;
  }

  /** By the name of the act, whichever tool says it; undefined when nothing of it can have been carried out. */
  spelling(name: string): Spelling | undefined {
    return this.#spellings.get(name);
  }

  spell(name: string, spelling: Spelling | null): void {
    if (spelling === null) this.#spellings.delete(name);
    else this.#spellings.set(name, spelling);
    forgetOldest(this.#spellings);
  }
}

function forgetOldest(remembered: Map<string, unknown>): void {
  if (remembered.size <= LIMITS.actsRemembered) return;
  const [oldest] = remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
}

const states = new WeakMap<Run, RunState>();

/** The state of a run. Throws `invalid_options` for anything that `createRun` of this copy did not make. */
export function stateOf(run: Run): RunState {
  const state = states.get(run);
  if (state === undefined) {
    throw new KeybrakeError({
      code: "invalid_options",
      message: "The option run must come from createRun().",
    });
  }
  return state;
}

export const MAX_WRITES_RANGE = { min: 0, max: 1_000_000 };

/**
 * Starts a run. Give it to every tool set of the run. No network.
 *
 * @example
 * const run = createRun({ agent: "billing", conversationId: "conv-7", maxWrites: 20 });
 */
export function createRun(options: RunOptions = {}): Run {
  const { agent, conversationId, maxWrites } = options;
  const makeId = options.randomUUID ?? (() => crypto.randomUUID());
  const state = new RunState();
  const run: Run = Object.freeze({
    runId: checkAgentText(options.runId ?? makeId(), "runId"),
    agent: agent === undefined ? null : checkAgentText(agent, "agent"),
    conversationId: conversationId === undefined ? null : checkAgentText(conversationId, "conversationId"),
    maxWrites: maxWrites === undefined ? null : checkInteger(maxWrites, "maxWrites", MAX_WRITES_RANGE),
    get writes() {
      return state.writes;
    },
    get stopped() {
      return state.stopped;
    },
  });
  states.set(run, state);
  return run;
}
