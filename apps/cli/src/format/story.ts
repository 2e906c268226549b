import { type AskedAct, type AuditRow, outcomeInWords, storyOfRun } from "@keybrake/core";
import type { Output } from "../io.ts";
import { formatAmount } from "./amount.ts";
import { formatMicros } from "./money.ts";
import { printable } from "./printable.ts";

type Style = Output["style"];

/** As the vendor counts it where it is known, else in dollars; nothing for what costs nothing. */
export function amountOf({ amount_minor, currency, usd_micros }: AuditRow): string {
  if (amount_minor !== null && currency !== null) return formatAmount(amount_minor, currency);
  return usd_micros > 0 ? formatMicros(usd_micros) : "";
}

const named = (names: readonly string[]) => printable(names.join(", "));

const COLOURS = { allowed: "green", denied: "red", replayed: "cyan" } as const;

const INDENT = " ".repeat(10);

/** That the act was asked for more than once, and why some of that was refused. */
function againOf({ laterCodes, times }: AskedAct): string[] {
  if (times === 1) return [];
  const why = laterCodes.length === 0 ? "" : `; then refused: ${named(laterCodes)}`;
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

const clock = (iso: string) => iso.slice(0, 19).replace("T", " ");

/** A run from its first call to its last: who, what was asked for, how often, and what became of it. Rows oldest first. */
export function renderStory(rows: readonly AuditRow[], style: Style): string {
  const story = storyOfRun(rows);
  if (story === null) return "";
  const { acts, calls, refused, movedMicros, heldMicros } = story;
  const title = [`run ${printable(story.runId ?? "")}`, named(story.agents)];
  return [
    style("bold", title.filter((each) => each !== "").join(" · ")),
    `${clock(story.from)} to ${clock(story.to)} UTC`,
    `vault key ${named(story.keys)}`,
    "",
    acts.map((act) => linesOf(act, style)).join(""),
    `${formatMicros(movedMicros)} moved, ${formatMicros(heldMicros)} held; ${calls} calls for ${acts.length} acts, ${refused} refused.`,
    "",
  ].join("\n");
}
