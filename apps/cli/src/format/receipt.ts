import { type AuditRow, clientInstruction, outcomeInWords, REFUSALS, type RefusalCode } from "@keybrake/core";
import { renderFields } from "./fields.ts";
import { printable } from "./printable.ts";
import { amountOf } from "./story.ts";

function isRefusal(code: string | null): code is RefusalCode {
  return code !== null && Object.hasOwn(REFUSALS, code);
}

const shown = (text: string | null) => (text === null ? null : printable(text));

/** Everything that a person who asks about one call wants to know; `times`: how often its act was asked for. */
export function renderReceipt(row: AuditRow, times: number, width: number | undefined): string {
  const amount = amountOf(row);
  const labels = Object.entries(row.labels).map(([name, value]) => printable(`${name}=${value}`));
  return renderFields(
    [
      ["call", row.call_id],
      ["at", `${row.at.slice(0, 19).replace("T", " ")} UTC`],
      ["operation", printable(row.operation ?? `${row.method} ${row.path}`)],
      ["amount", amount === "" ? null : amount],
      ["outcome", outcomeInWords(row, amount || "nothing")],
      ["observed", row.would_code === null ? null : `would have been refused: ${printable(row.would_code)}`],
      ["what to do", isRefusal(row.code) && row.decision === "denied" ? clientInstruction(row.code) : null],
      ["object", shown(row.object_id)],
      ["asked for", times === 1 ? null : `${times} times under one Idempotency-Key`],
      ["settled by", row.settled_by === null || row.settled_by === "answer" ? null : row.settled_by],
      ["reason", shown(row.settled_reason)],
      ["agent", shown(row.agent)],
      ["run", shown(row.run_id)],
      ["conversation", shown(row.conversation_id)],
      ["turn", shown(row.turn)],
      ["vault key", printable(`${row.vault_key_name} (${row.vault_key_id})`)],
      ["labels", labels.length === 0 ? null : labels.join(", ")],
      ["idempotency key", shown(row.idempotency_key)],
      ["vendor", printable(`${row.vendor}, account ${row.account}`)],
      ["vendor request", shown(row.upstream_request_id)],
      ["HTTP status", row.status === null ? null : String(row.status)],
      ["took", row.latency_ms === null ? null : `${Math.round(row.latency_ms)} ms`],
    ],
    width,
  );
}
