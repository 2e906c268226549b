import { type BookState, bookExpire, bookHold, bookSettle } from "@keybrake/ledger";

/** A budget's counters in a history that is replayed, kept by the ledger's own rules. */
export class ReplayBook {
  #state: BookState;
  /** What was posted, oldest first, from `#first` on. */
  readonly #postings: { readonly at: number; readonly micros: number }[] = [];
  #first = 0;

  constructor(budget: Pick<BookState, "name" | "capMicros" | "windowMs">) {
    this.#state = { ...budget, heldMicros: 0, postedMicros: 0 };
  }

  /** With everything outside its window at a moment taken off. */
  at(now: number): BookState {
    const { windowMs } = this.#state;
    if (windowMs === null) return this.#state;
    for (let next = this.#postings[this.#first]; next !== undefined; next = this.#postings[this.#first]) {
      if (next.at > now - windowMs) break;
      this.#state = bookExpire(this.#state, next.micros);
      this.#first++;
    }
    return this.#state;
  }

  /** Of what the ledger's decision has let through: it has room. */
  hold(micros: number): void {
    this.#state = bookHold(this.#state, micros);
  }

  settle(releaseMicros: number, postMicros: number, at: number): void {
    this.#state = bookSettle(this.#state, releaseMicros, postMicros);
    if (postMicros > 0) this.#postings.push({ at, micros: postMicros });
  }
}
