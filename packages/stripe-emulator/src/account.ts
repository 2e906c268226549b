import { Agenda } from "./agenda.ts";
import { ApprovalRules } from "./approvals.ts";
import type { KeyRing } from "./auth.ts";
import type { Horizon } from "./collection.ts";
import { Faults } from "./faults.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { createIdMaker, type IdMaker } from "./ids.ts";
import { createRandom } from "./random.ts";
import { RequestRing } from "./request-log.ts";
import { type SeedCustomer, seedCustomers } from "./seeds.ts";
import { type Context, createState, type State } from "./state.ts";

/** The account that the API keys belong to. */
export const PLATFORM_ACCOUNT = "acct_1KeybrakeEmulator";

export interface AccountOptions {
  readonly keyRing: KeyRing;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  readonly seed: number;
  readonly customers: readonly SeedCustomer[];
  readonly connectedAccounts: readonly string[];
}

/** One emulated platform: its objects and those of its connected accounts, its keys, faults, clock and log. */
export class Account {
  readonly keyRing: KeyRing;
  readonly seed: number;
  readonly makeId: IdMaker;
  readonly faults = new Faults();
  readonly log = new RequestRing();
  /** How much later objects show in lists and searches than they are made, in milliseconds. */
  readonly lag = { listMs: 0, searchMs: 0 };
  readonly #options: AccountOptions;
  #aheadMs = 0;
  #states = new Map<string, State>();
  #agenda = new Agenda();
  #idempotency = new IdempotencyKeys();
  #approvalRules = new ApprovalRules();

  constructor(options: AccountOptions) {
    this.keyRing = options.keyRing;
    this.seed = options.seed;
    this.makeId = createIdMaker(createRandom(options.seed));
    this.#options = options;
    this.reset();
  }

  /** The platform's own state. */
  get state(): State {
    return this.stateOf(PLATFORM_ACCOUNT);
  }

  get states(): readonly State[] {
    return [...this.#states.values()];
  }

  get idempotency(): IdempotencyKeys {
    return this.#idempotency;
  }

  get approvalRules(): ApprovalRules {
    return this.#approvalRules;
  }

  /** Milliseconds since the Unix epoch, as far ahead of the given clock as was asked. */
  readonly clock = (): number => this.#options.clock() + this.#aheadMs;

  /** Moves the clock ahead and plays what happens meanwhile. */
  advance(milliseconds: number): void {
    this.#aheadMs += milliseconds;
    this.playDue();
  }

  /** Plays everything whose time has come, each at its own time. */
  playDue(): void {
    const now = Math.floor(this.clock() / 1000);
    for (let task = this.#agenda.takeDue(now); task !== undefined; task = this.#agenda.takeDue(now)) {
      const context = this.context({ requestId: null, idempotencyKey: null, accountId: task.accountId });
      task.run({ ...context, now: task.at });
    }
  }

  hasAccount(accountId: string): boolean {
    return this.#states.has(accountId);
  }

  stateOf(accountId: string): State {
    const state = this.#states.get(accountId);
    if (state === undefined) throw new Error(`no account ${accountId}`);
    return state;
  }

  /**
   * Back to the seed customers, without lag. Ids and the clock go on where they were: nothing made after a
   * reset can be mistaken for something made before it.
   */
  reset(): void {
    this.lag.listMs = 0;
    this.lag.searchMs = 0;
    const horizon: Horizon = {
      now: this.clock,
      listedUntil: () => (this.lag.listMs === 0 ? Infinity : this.clock() - this.lag.listMs),
      searchedUntil: () => (this.lag.searchMs === 0 ? Infinity : this.clock() - this.lag.searchMs),
    };
    const ids = [PLATFORM_ACCOUNT, ...this.#options.connectedAccounts];
    this.#states = new Map(ids.map((id) => [id, createState(id, horizon)]));
    this.#agenda = new Agenda();
    this.#idempotency = new IdempotencyKeys();
    this.#approvalRules = new ApprovalRules();
    this.faults.clear();
    this.log.clear();
    seedCustomers(this.context({ requestId: null, idempotencyKey: null }), this.#options.customers);
  }

  /** What one request's handler works with. */
  context(
    request: Pick<Context, "requestId" | "idempotencyKey"> & { readonly accountId?: string | undefined },
  ): Context {
    const { requestId, idempotencyKey, accountId = PLATFORM_ACCOUNT } = request;
    return {
      state: this.stateOf(accountId),
      platform: this.state,
      now: Math.floor(this.clock() / 1000),
      makeId: this.makeId,
      requestId,
      idempotencyKey,
      connected: (id) => (id === PLATFORM_ACCOUNT ? undefined : this.#states.get(id)),
      later: (at, run) => this.#agenda.add({ at, accountId, run }),
    };
  }
}
