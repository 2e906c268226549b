import type { AuditRow } from "@keybrake/core";
import { useEffect, useState } from "react";
import { Link, runPath, useAddress } from "../address.tsx";
import { followCalls, listCalls } from "../api.ts";
import { amountOf } from "../money.ts";
import { operationOf, toneOf, VendorObject } from "../parts/call.tsx";
import { Empty, Problem, Scrolled } from "../parts/notes.tsx";
import { useSession } from "../session.tsx";
import { moment, plain, wordsOf } from "../words.ts";
import { CallFilters } from "./call-filters.tsx";

/** Rows of one page, and how many of those that come live are kept: the audit log has the others. */
const PAGE_ROWS = 100;

/** Calls as they are answered, newest first, as far as they match what the address asks for. */
export function CallsPage() {
  const { query } = useAddress();
  const filter = query.toString();
  return (
    <>
      <h1>Calls</h1>
      <CallFilters filter={query} />
      {/* Another filter is another list. */}
      <LiveCalls key={filter} filter={filter} />
    </>
  );
}

interface Shown {
  readonly rows: readonly AuditRow[];
  /** Of the next page of older rows. */
  readonly cursor: string | null;
  /** How many are kept. */
  readonly most: number;
}

const NOTHING: Shown = { rows: [], cursor: null, most: PAGE_ROWS };

/** Each call once, as it is known last, by when it came. */
function merge(shown: Shown, news: readonly AuditRow[]): Shown {
  const byId = new Map([...shown.rows, ...news].map((row) => [row.call_id, row]));
  const rows = [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, shown.most);
  return { ...shown, rows };
}

function pageOf(filter: string, cursor: string | null) {
  const query = new URLSearchParams(filter);
  query.set("limit", String(PAGE_ROWS));
  if (cursor !== null) query.set("cursor", cursor);
  return listCalls(query);
}

function useLiveCalls(filter: string) {
  const { onError } = useSession();
  const [shown, setShown] = useState<Shown | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let isGone = false;
    const add = (news: readonly AuditRow[]) => setShown((known) => merge(known ?? NOTHING, news));
    const fail = (error: unknown) => {
      if (isGone) return;
      setProblem(wordsOf(error));
      onError(error);
    };
    const read = async () => {
      const { data, next_cursor } = await pageOf(filter, null);
      if (isGone) return;
      setProblem(null);
      setShown((known) => merge(known ?? { ...NOTHING, cursor: next_cursor }, data));
    };
    // Followed first, so that no call falls between the list and what follows it; again after each pause.
    const stop = followCalls(
      new URLSearchParams(filter),
      (row) => add([row]),
      (open) => {
        setOpen(open);
        read().catch(fail);
      },
    );
    return () => {
      isGone = true;
      stop();
    };
  }, [filter, onError]);

  const older = async () => {
    if (shown === null || shown.cursor === null) return;
    try {
      const { data, next_cursor } = await pageOf(filter, shown.cursor);
      setShown((known) => {
        const { rows, most } = known ?? NOTHING;
        return merge({ rows, cursor: next_cursor, most: most + PAGE_ROWS }, data);
      });
    } catch (error) {
      setProblem(wordsOf(error));
      onError(error);
    }
  };
  return { shown, isOpen, problem, older };
}

function LiveCalls({ filter }: { readonly filter: string }) {
  const { shown, isOpen, problem, older } = useLiveCalls(filter);
  return (
    <>
      <p className="quiet" role="status">
        {isOpen ? "Live." : "Not connected; trying again."}
      </p>
      <Problem of={isOpen ? null : problem} />
      {shown?.rows.length === 0 ? <NoCalls isFiltered={filter !== ""} /> : null}
      {shown === null || shown.rows.length === 0 ? null : <CallTable rows={shown.rows} />}
      {shown?.cursor == null ? null : (
        <p>
          <button type="button" onClick={() => void older()}>
            Show older
          </button>
        </p>
      )}
    </>
  );
}

function NoCalls({ isFiltered }: { readonly isFiltered: boolean }) {
  return (
    <Empty>
      <p>
        {isFiltered ? "No call matches. One that does shows up here as it comes." : "No call has come yet."}
      </p>
    </Empty>
  );
}

function CallTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  return (
    <Scrolled label="Calls">
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
              <td>
                {plain(row.vault_key_name)}
                {row.agent === null ? null : <div className="quiet">{plain(row.agent)}</div>}
              </td>
              <td>
                {operationOf(row)}
                <div className="quiet">
                  <VendorObject row={row} />
                </div>
              </td>
              <td className={toneOf(row)}>
                {row.code ?? (row.state === "none" ? row.decision : row.state)}
                {row.times > 1 ? ` × ${row.times}` : ""}
                {row.would_code === null ? null : (
                  <div className="quiet">would be refused: {plain(row.would_code)}</div>
                )}
              </td>
              <td className="figure">{amountOf(row)}</td>
              <td className="optional">
                {row.run_id === null ? null : <Link to={runPath(row.run_id)}>{plain(row.run_id)}</Link>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
