import type { KeyRing } from "./auth.ts";
import { Faults } from "./faults.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { createIdMaker, type IdMaker } from "./ids.ts";
import { createRandom } from "./random.ts";
import { RequestRing } from "./request-log.ts";
import { type SeedCustomer, seedCustomers } from "./seeds.ts";
import { type Context, createState, type State } from "./state.ts";

export interface AccountOptions {
  readonly keyRing: KeyRing;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  readonly seed: number;
  readonly customers: readonly SeedCustomer[];
}

/** One emulated account: its objects, keys, faults and log. */
export class Account {
  readonly keyRing: KeyRing;
  readonly clock: () => number;
  readonly seed: number;
  readonly makeId: IdMaker;
  readonly faults = new Faults();
  readonly log = new RequestRing();
  readonly #customers: readonly SeedCustomer[];
  #state: State = createState();
  #idempotency = new IdempotencyKeys();

  constructor(options: AccountOptions) {
    this.keyRing = options.keyRing;
    this.clock = options.clock;
    this.seed = options.seed;
    this.makeId = createIdMaker(createRandom(options.seed));
    this.#customers = options.customers;
    this.reset();
  }

  get state(): State {
    return this.#state;
  }

  get idempotency(): IdempotencyKeys {
    return this.#idempotency;
  }

  /**
   * Back to the seed customers. Ids go on where they were: nothing made after a reset can be mistaken for
   * something made before it.
   */
  reset(): void {
    this.#state = createState();
    this.#idempotency = new IdempotencyKeys();
    this.faults.clear();
    this.log.clear();
    seedCustomers(this.context({ requestId: null, idempotencyKey: null }), this.#customers);
  }

  /** What one request's handler works with. */
  context(request: Pick<Context, "requestId" | "idempotencyKey">): Context {
    return {
      state: this.#state,
      now: Math.floor(this.clock() / 1000),
      makeId: this.makeId,
      ...request,
    };
  }
}
