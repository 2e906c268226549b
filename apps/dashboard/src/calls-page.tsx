import type { AuditRow } from "@keybrake/core";
import { useEffect, useState } from "react";
import { followCalls, listCalls } from "./api.ts";
import { dollars, moment, wordsOf } from "./words.ts";

/** Older rows leave the page; the audit log has them. */
const ROWS_MAX = 200;

interface Props {
  readonly onError: (error: unknown) => void;
}

/** Calls as they are answered, newest first. */
export function CallsPage({ onError }: Props) {
  const [rows, setRows] = useState<readonly AuditRow[] | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let isGone = false;
    const add = (news: readonly AuditRow[]) => {
      if (!isGone) setRows((shown) => merge(news, shown ?? []));
    };
    // Followed first, so that no call falls between the list and what follows it; again after each pause.
    const stop = followCalls(
      (row) => add([row]),
      (open) => {
        setOpen(open);
        listCalls().then(
          ({ data }) => add(data),
          (error: unknown) => {
            if (isGone) return;
            setProblem(wordsOf(error));
            onError(error);
          },
        );
      },
    );
    return () => {
      isGone = true;
      stop();
    };
  }, [onError]);

  return (
    <>
      <h1>Calls</h1>
      <p className="quiet" role="status">
        {isOpen ? "Live." : "Not connected; trying again."}
      </p>
      {problem === null || isOpen ? null : (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      {rows?.length === 0 ? <p>No call has come yet.</p> : null}
      {rows === null || rows.length === 0 ? null : <CallTable rows={rows} />}
    </>
  );
}

/** Each call once, as it is known last, by when it came. */
function merge(news: readonly AuditRow[], shown: readonly AuditRow[]): readonly AuditRow[] {
  const byId = new Map([...shown, ...news].map((row) => [row.call_id, row]));
  return [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, ROWS_MAX);
}

function CallTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="wide" aria-label="Calls" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Key</th>
            <th scope="col">Operation</th>
            <th scope="col">Outcome</th>
            <th scope="col">Amount</th>
            <th scope="col" className="optional">
              Run
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.call_id}>
              <td>{moment(row.at)}</td>
              <td>{row.vault_key_name}</td>
              <td>
                {row.operation ?? row.path}
                {row.object_id === null ? null : <div className="quiet">{row.object_id}</div>}
              </td>
              <td className={row.decision}>
                {row.code ?? (row.state === "none" ? row.decision : row.state)}
                {row.times > 1 ? ` × ${row.times}` : ""}
              </td>
              <td className="figure">{row.usd_micros === 0 ? "" : dollars(row.usd_micros / 1_000_000)}</td>
              <td className="optional">{row.run_id ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
