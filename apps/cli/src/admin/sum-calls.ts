import type { AuditRow } from "@keybrake/core";

/** What rows are added up by. */
export type Grouping =
  | { readonly kind: "agent" | "key" | "run" | "customer" | "operation" }
  | { readonly kind: "label"; readonly label: string };

/** What the calls of one agent, key, run, customer, operation or label came to. Money is whole millionths of a US dollar. */
export interface CallSums {
  /** Null: calls that say no agent, no run, no customer, or have no such label. */
  readonly name: string | null;
  readonly movedMicros: number;
  /** Reserved, and not known to have moved. */
  readonly heldMicros: number;
  /** Calls that moved something. */
  readonly posted: number;
  readonly replayed: number;
  readonly denied: number;
  /** All of them, those that share a row too. */
  readonly calls: number;
}

const OPEN: ReadonlySet<AuditRow["state"]> = new Set(["held", "unknown", "awaiting"]);

function nameOf(row: AuditRow, by: Grouping): string | null {
  switch (by.kind) {
    case "agent":
      return row.agent;
    case "key":
      // Names are not unique; ids are.
      return `${row.vault_key_name} ${row.vault_key_id}`;
    case "run":
      return row.run_id;
    case "customer":
      return row.customer;
    case "operation":
      return row.operation;
    case "label":
      return row.labels[by.label] ?? null;
  }
}

function nothing(name: string | null): CallSums {
  return { name, movedMicros: 0, heldMicros: 0, posted: 0, replayed: 0, denied: 0, calls: 0 };
}

function plus(sums: CallSums, row: AuditRow): CallSums {
  const moved = row.state === "posted" ? row.usd_micros : 0;
  return {
    name: sums.name,
    movedMicros: sums.movedMicros + moved,
    heldMicros: sums.heldMicros + (OPEN.has(row.state) ? row.usd_micros : 0),
    posted: sums.posted + (moved > 0 ? 1 : 0),
    replayed: sums.replayed + (row.decision === "replayed" ? row.times : 0),
    denied: sums.denied + (row.decision === "denied" ? row.times : 0),
    calls: sums.calls + row.times,
  };
}

/** Adds rows up, one after the other: a month of them need not fit in memory. Simulated calls moved nothing. */
export class CallTotals {
  readonly #by: Grouping;
  readonly #groups = new Map<string | null, CallSums>();
  #total = nothing(null);

  constructor(by: Grouping) {
    this.#by = by;
  }

  add(row: AuditRow): void {
    if (row.simulate) return;
    const name = nameOf(row, this.#by);
    this.#groups.set(name, plus(this.#groups.get(name) ?? nothing(name), row));
    this.#total = plus(this.#total, row);
  }

  get total(): CallSums {
    return this.#total;
  }

  /** Who moved most comes first; then by name. */
  get groups(): readonly CallSums[] {
    return [...this.#groups.values()].sort(
      (a, b) => b.movedMicros - a.movedMicros || (a.name ?? "").localeCompare(b.name ?? ""),
    );
  }
}
