/** What is to happen, in the order of its time; what has one time, in the order in which it was planned. */
export class Events {
  readonly #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #planned = 0;

  plan(at: number, run: () => void): void {
    this.#heap.push({ at, order: this.#planned++, run });
    for (let index = this.#heap.length - 1; index > 0; ) {
      const above = (index - 1) >> 1;
      if (!this.#isBefore(index, above)) break;
      this.#swap(index, above);
      index = above;
    }
  }

  /** Null when nothing is planned any more. */
  next(): { readonly at: number; readonly run: () => void } | null {
    const first = this.#heap[0];
    if (first === undefined) return null;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (right < this.#heap.length && this.#isBefore(right, least)) least = right;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
