import type { AuditRow } from "@keybrake/core";

/** One line of output. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

function outcomeOf({ decision, code, state }: AuditRow): string {
  if (code !== null) return `${decision}: ${code}`;
  return state === "none" ? decision : `${decision}, ${state}`;
}

/** Prints rows of the audit log, a call a line, in fewer than 80 columns: who, what, how much, what became of it. */
export function sayCalls(rows: readonly AuditRow[]): void {
  for (const row of rows) {
    const amount = row.amount_minor === null ? "" : `$${(row.amount_minor / 100).toFixed(2)}`;
    const operation = row.operation ?? row.path;
    say(`  ${(row.agent ?? "").padEnd(9)} ${operation.padEnd(16)} ${amount.padStart(7)}  ${outcomeOf(row)}`);
  }
}
