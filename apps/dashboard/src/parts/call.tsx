import { type AuditRow, outcomeInWords } from "@keybrake/core";
import { amountOf } from "../money.ts";
import { useSession } from "../session.tsx";
import { plain } from "../words.ts";
import { Unseen } from "./notes.tsx";

/** The object that a call made or changed, with a link to the vendor's own page of it where there is one. */
export function VendorObject({ row: { object_id, vendor, simulate } }: { readonly row: AuditRow }) {
  const { accounts } = useSession().me;
  if (object_id === null) return null;
  const shown = plain(object_id);
  const held = accounts.find((account) => account.vendor === vendor);
  const page = held?.object_pages.find(({ starts }) => object_id.startsWith(starts));
  if (held === undefined || page === undefined || simulate) return <code>{shown}</code>;
  return (
    <a href={`${page.at}${encodeURIComponent(object_id)}`} target="_blank" rel="noreferrer">
      <code>{shown}</code>
      <Unseen> at {held.title}, in a new tab</Unseen>
    </a>
  );
}

/** How it ended, for a class name: what wants a look stands out. */
export function toneOf({ decision, state }: Pick<AuditRow, "decision" | "state">): string {
  if (state === "unknown" || state === "awaiting" || state === "held") return "open";
  return decision;
}

export function Outcome({ row }: { readonly row: AuditRow }) {
  return (
    <span className={toneOf(row)}>
      {plain(outcomeInWords(row, amountOf(row) || "nothing"))}
      {row.would_code === null ? null : (
        <span className="quiet"> (would have been refused: {plain(row.would_code)})</span>
      )}
    </span>
  );
}

export function operationOf({
  operation,
  method,
  path,
}: Pick<AuditRow, "operation" | "method" | "path">): string {
  return plain(operation ?? `${method} ${path}`);
}
