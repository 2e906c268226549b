import type { Context } from "./state.ts";

/** Something that happens by itself: a renewal, an expiry, an approved action. */
interface Task {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly accountId: string;
  readonly run: (context: Context) => void;
}

/** What is still to happen, in the order of its time. */
export class Agenda {
  #tasks: Task[] = [];

  add(task: Task): void {
    this.#tasks.splice(this.#placeAfter(task.at), 0, task);
  }

  /** Takes the first task whose time has come; undefined when there is none. */
  takeDue(now: number): Task | undefined {
    const [first] = this.#tasks;
    if (first === undefined || first.at > now) return undefined;
    return this.#tasks.shift();
  }

  /** The place behind every task that is due by then, found by halving: benchmarks authorise a lot. */
  #placeAfter(at: number): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tasks[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
