import type { ApprovalInfo } from "@keybrake/core";
import type { Output } from "../io.ts";
import { formatAmount } from "./amount.ts";
import { renderFields } from "./fields.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

type Style = Output["style"];

const COLUMNS: readonly Column[] = [
  { title: "id", width: 36 },
  { title: "status", width: 8 },
  { title: "operation", width: 10, widthMax: 30 },
  { title: "amount", width: 9, align: "right" },
  { title: "agent", width: 6, widthMax: 20 },
  { title: "key", width: 6, widthMax: 30 },
];

const COLOURS = {
  pending: "yellow",
  approved: "green",
  used: "green",
  denied: "red",
  expired: "dim",
} as const;

/** What moves; a rate makes dollars of other currencies, which the budgets count. */
function amountOf({ amount_minor, currency, usd }: ApprovalInfo): string {
  if (amount_minor === null || currency === null) return formatUsd(usd);
  return formatAmount(amount_minor, currency);
}

/** A list of approvals; titles first. */
export function renderApprovals(
  approvals: readonly ApprovalInfo[],
  width: number | undefined,
  style: Style,
): string {
  const rows = approvals.map((approval) => [
    approval.id,
    style(COLOURS[approval.status], approval.status),
    approval.operation,
    amountOf(approval),
    printable(approval.agent ?? ""),
    printable(approval.vault_key_name),
  ]);
  const columns = fitColumns(COLUMNS, rows);
  return style("bold", renderTitles(columns, width).trimEnd()).concat("\n", renderRows(columns, rows, width));
}

/** `2026-06-01T12:00:00.000Z` → `2026-06-01 12:00 UTC`. */
function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

function maybePrintable(text: string | null): string | null {
  return text === null ? null : printable(text);
}

/** One card: first what the proxy knows, then what the agent says, marked as its words. */
export function renderApproval(approval: ApprovalInfo, width: number | undefined, style: Style): string {
  const { decided_at, decided_by, decided_reason } = approval;
  const known = renderFields(
    [
      ["id", approval.id],
      ["status", style(COLOURS[approval.status], approval.status)],
      ["operation", `${approval.operation} (${approval.method} ${printable(approval.path)})`],
      ["moves", `${amountOf(approval)}${approval.currency === "usd" ? "" : ` (${formatUsd(approval.usd)})`}`],
      ["customer", maybePrintable(approval.customer)],
      ["simulated", approval.simulate ? "yes: nothing real moves" : null],
      ["vault key", `${printable(approval.vault_key_name)} (${approval.vault_key_id})`],
      ["asked", minute(approval.asked_at)],
      ["until", minute(approval.expires_at)],
      ["decided", decided_at === null ? null : `${minute(decided_at)} by ${printable(decided_by ?? "")}`],
      ["reason", maybePrintable(decided_reason)],
      ["used by", approval.used_by],
    ],
    width,
  );
  const said = renderFields(
    [
      ["agent", maybePrintable(approval.agent)],
      ["run", maybePrintable(approval.run_id)],
      ["conversation", maybePrintable(approval.conversation_id)],
      ...Object.entries(approval.parameters).map(
        ([name, value]) => [`${printable(name)} `, printable(value)] as const,
      ),
    ],
    width,
  );
  return `${known}\n${style("bold", "What the agent says of it:")}\n${said}`;
}
