import type { ApprovalInfo, Page } from "@keybrake/core";
import { useState } from "react";
import { keyPath, Link, runPath } from "../address.tsx";
import { answerApproval, listApprovals } from "../api.ts";
import { dollars, minor } from "../money.ts";
import { Action, textOf } from "../parts/action.tsx";
import { Empty, Loaded, Scrolled } from "../parts/notes.tsx";
import { useAsked, useMay } from "../session.tsx";
import { fromNow, moment, plain } from "../words.ts";

const EVERY_MS = 3_000;

/** What agents ask people about: what waits, and what was said. */
export function ApprovalsPage() {
  const waiting = useAsked("pending", () => listApprovals("status=pending&limit=100"), EVERY_MS);
  const [pages, setPages] = useState(1);
  const history = useAsked(`history ${pages}`, () => listHistory(pages), EVERY_MS * 5);
  const reload = () => {
    waiting.reload();
    history.reload();
  };
  return (
    <>
      <h1>Approvals</h1>
      <Loaded of={waiting}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>
              <p>
                Nothing waits for you. A key whose policy has an <code>approval</code> asks here before it
                moves much, or before a budget is nearly used up.
              </p>
            </Empty>
          ) : (
            <ul className="cards" aria-label="Waiting">
              {data.map((approval) => (
                <li key={approval.id}>
                  <Card of={approval} onDone={reload} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <h2>History</h2>
      <Loaded of={history}>
        {({ data, next_cursor }) => (
          <>
            <History of={data.filter(({ status }) => status !== "pending")} />
            {next_cursor === null ? null : (
              <button type="button" onClick={() => setPages(pages + 1)}>
                Show older
              </button>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

const HISTORY_PAGE = 50;

async function listHistory(pages: number): Promise<Page<ApprovalInfo>> {
  return listApprovals(`limit=${Math.min(pages * HISTORY_PAGE, 1000)}`);
}

/** Exactly what would move, as the vendor counts it. */
function amountOf({ amount_minor, currency, usd }: ApprovalInfo): string {
  if (amount_minor === null || currency === null) return dollars(usd);
  const own = minor(amount_minor, currency);
  return currency.toLowerCase() === "usd" ? own : `${own} (${dollars(usd)})`;
}

const CAUSES = {
  amount: "It moves more than the key may without asking.",
  budget: "It would use up more of a budget than the key may without asking.",
} as const;

function Card({ of: approval, onDone }: { readonly of: ApprovalInfo; readonly onDone: () => void }) {
  const may = useMay();
  const amount = amountOf(approval);
  const { id, operation, cause, simulate } = approval;
  return (
    <article className="card" aria-label={`${operation}, ${amount}`}>
      <div className="head">
        <h2>
          <span className="amount">{amount}</span> {operation}
        </h2>
        {simulate ? <span className="tag">simulated</span> : null}
      </div>
      <p>{CAUSES[cause]}</p>
      <dl className="facts">
        {approval.customer === null ? null : <Fact name="Customer" value={approval.customer} />}
        {approval.agent === null ? null : <Fact name="Agent" value={approval.agent} />}
        {approval.run_id === null ? null : (
          <>
            <dt>Run</dt>
            <dd>
              <Link to={runPath(approval.run_id)}>{plain(approval.run_id)}</Link>
            </dd>
          </>
        )}
        <dt>Key</dt>
        <dd>
          <Link to={keyPath(approval.vault_key_id)}>{plain(approval.vault_key_name)}</Link>
        </dd>
        <dt>Asked</dt>
        <dd>
          {fromNow(approval.asked_at, Date.now())}; it ends {fromNow(approval.expires_at, Date.now())}
        </dd>
      </dl>
      <Arguments of={approval} />
      {may.operate ? (
        <div className="buttons">
          <Say verb="approve" id={id} amount={amount} operation={operation} onDone={onDone} />
          <Say verb="deny" id={id} amount={amount} operation={operation} onDone={onDone} />
        </div>
      ) : (
        <p className="quiet">Your key may look, and not answer.</p>
      )}
    </article>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{plain(value)}</dd>
    </>
  );
}

/** Every argument as the agent wrote it: nobody has checked what its words say. */
function Arguments({ of: { parameters, method, path } }: { readonly of: ApprovalInfo }) {
  return (
    <div className="arguments">
      <p className="quiet">
        {method} {plain(path)}, in the agent's own words, which nobody has checked:
      </p>
      <dl className="facts">
        {Object.entries(parameters).map(([name, value]) => (
          <Fact key={name} name={plain(name)} value={value} />
        ))}
      </dl>
    </div>
  );
}

interface SayProps {
  readonly verb: "approve" | "deny";
  readonly id: string;
  readonly amount: string;
  readonly operation: string;
  readonly onDone: () => void;
}

function Say({ verb, id, amount, operation, onDone }: SayProps) {
  const isYes = verb === "approve";
  const label = isYes ? "Approve" : "Deny";
  return (
    <Action
      label={label}
      of={`${operation}, ${amount}`}
      title={`${label} ${amount}?`}
      isDanger={!isYes}
      act={(form) => answerApproval(id, verb, textOf(form, "reason"))}
      onDone={onDone}
    >
      <p>
        {isYes
          ? "The very same call goes through once, when the agent tries it again. Nothing is sent by this page."
          : "The agent is refused, and told your reason."}
      </p>
      <label>
        Reason, if you like
        <input name="reason" maxLength={500} autoComplete="off" />
      </label>
    </Action>
  );
}

function History({ of: approvals }: { readonly of: readonly ApprovalInfo[] }) {
  if (approvals.length === 0) return <p className="quiet">Nobody has been asked before.</p>;
  return (
    <Scrolled label="History">
      <table>
        <thead>
          <tr>
            <th scope="col">Asked</th>
            <th scope="col">What</th>
            <th scope="col">Amount</th>
            <th scope="col">Answer</th>
            <th scope="col" className="optional">
              By, and why
            </th>
          </tr>
        </thead>
        <tbody>
          {approvals.map((approval) => (
            <tr key={approval.id}>
              <td>{moment(approval.asked_at)}</td>
              <td>
                {approval.operation}
                <div className="quiet">
                  <Link to={keyPath(approval.vault_key_id)}>{plain(approval.vault_key_name)}</Link>
                  {approval.cause === "budget" ? " · a budget was nearly used up" : ""}
                </div>
              </td>
              <td className="figure">{amountOf(approval)}</td>
              <td>
                <span className={`tag ${approval.status}`}>{approval.status}</span>
              </td>
              <td className="optional">
                {approval.decided_by === null ? "" : plain(approval.decided_by)}
                {approval.decided_reason === null ? null : (
                  <div className="quiet">{plain(approval.decided_reason)}</div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
