import type { AuditRow } from "@keybrake/core";
import type { Output } from "../io.ts";
import { type AskedAct, foldActs } from "./acts.ts";
import { formatAmount } from "./amount.ts";
import { formatMicros } from "./money.ts";
import { outcomeInWords } from "./outcome.ts";
import { printable } from "./printable.ts";

type Style = Output["style"];

/** As the vendor counts it where it is known, else in dollars; nothing for what costs nothing. */
export function amountOf({ amount_minor, currency, usd_micros }: AuditRow): string {
  if (amount_minor !== null && currency !== null) return formatAmount(amount_minor, currency);
  return usd_micros > 0 ? formatMicros(usd_micros) : "";
}

function known(values: readonly (string | null)[]): string {
  return printable([...new Set(values.filter((value) => value !== null))].join(", "));
}

const COLOURS = { allowed: "green", denied: "red", replayed: "cyan" } as const;

const INDENT = " ".repeat(10);

/** That the act was asked for more than once, and why some of that was refused. */
function againOf({ row, rows, times }: AskedAct): string[] {
  if (times === 1) return [];
  const codes = rows.filter(({ decision }) => decision === "denied").map(({ code }) => code);
  const others = known(codes.filter((code) => code !== row.code));
  const why = others === "" ? "" : `; then refused: ${others}`;
  return [`${INDENT}asked for ${times} times${why}`];
}

const SETTLERS = { person: "a person", reconciler: "a look-up" } as const;

function settledOf({ row: { settled_by, settled_reason } }: AskedAct): string[] {
  if (settled_by === null || settled_by === "answer") return [];
  const reason = settled_reason === null ? "" : `: ${printable(settled_reason)}`;
  return [`${INDENT}settled by ${SETTLERS[settled_by]}${reason}`];
}

function linesOf(act: AskedAct, style: Style): string {
  const { row } = act;
  const amount = amountOf(row);
  const isOpen = row.state === "unknown" || row.state === "awaiting";
  const outcome = style(
    isOpen ? "yellow" : COLOURS[row.decision],
    printable(outcomeInWords(row, amount || "nothing")),
  );
  const operation = printable(row.operation ?? `${row.method} ${row.path}`);
  const object = row.object_id === null ? "" : ` (${printable(row.object_id)})`;
  // What moved says how much; of anything else the amount is what was asked for.
  const asked = row.decision === "denied" && amount !== "" ? `${operation} ${amount}` : operation;
  const first = `${row.at.slice(11, 19)}  ${asked}: ${outcome}${object}`;
  return [first, ...againOf(act), ...settledOf(act)].map((line) => `${line}\n`).join("");
}

function sumOf(rows: readonly AuditRow[], states: readonly AuditRow["state"][]): number {
  return rows
    .filter(({ state, simulate }) => states.includes(state) && !simulate)
    .reduce((sum, { usd_micros }) => sum + usd_micros, 0);
}

/** A run from its first call to its last: who, what was asked for, how often, and what became of it. Rows oldest first. */
export function renderStory(rows: readonly AuditRow[], style: Style): string {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return "";
  const acts = foldActs(rows);
  const title = [`run ${printable(first.run_id ?? "")}`, known(rows.map(({ agent }) => agent))];
  const refused = acts.filter(({ row }) => row.decision === "denied").length;
  const held = sumOf(rows, ["held", "unknown", "awaiting"]);
  const calls = acts.reduce((sum, { times }) => sum + times, 0);
  return [
    style("bold", title.filter((each) => each !== "").join(" · ")),
    `${first.at.slice(0, 19).replace("T", " ")} to ${last.at.slice(0, 19).replace("T", " ")} UTC`,
    `vault key ${known(rows.map(({ vault_key_name }) => vault_key_name))}`,
    "",
    acts.map((act) => linesOf(act, style)).join(""),
    `${formatMicros(sumOf(rows, ["posted"]))} moved, ${formatMicros(held)} held; ${calls} calls for ${acts.length} acts, ${refused} refused.`,
    "",
  ].join("\n");
}
