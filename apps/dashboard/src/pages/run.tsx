import { type AskedAct, type AuditRow, type RunStory, storyOfRun } from "@keybrake/core";
import { callsPath, keyPath, Link, PATHS } from "../address.tsx";
import { listCalls } from "../api.ts";
import { amountOf, micros } from "../money.ts";
import { Outcome, operationOf, VendorObject } from "../parts/call.tsx";
import { Empty, Loaded } from "../parts/notes.tsx";
import { Tile } from "../parts/tile.tsx";
import { useAsked } from "../session.tsx";
import { clock, counted, moment, plain } from "../words.ts";

const EVERY_MS = 5_000;
const PAGE_ROWS = 1000;
/** A run of more calls is told by its newest: nobody reads more on one page. */
const PAGES_MAX = 5;

interface Read {
  readonly story: RunStory | null;
  readonly isWhole: boolean;
}

async function readRun(id: string): Promise<Read> {
  const rows: AuditRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams({ run_id: id, limit: String(PAGE_ROWS) });
    if (cursor !== null) query.set("cursor", cursor);
    const { data, next_cursor }: Awaited<ReturnType<typeof listCalls>> = await listCalls(query);
    rows.push(...data);
    cursor = next_cursor;
    if (cursor === null) break;
  }
  return { story: storyOfRun(rows.reverse()), isWhole: cursor === null };
}

/** The story of one run: what was asked for, how often, and what became of it. */
export function RunPage({ id }: { readonly id: string }) {
  const read = useAsked(`run ${id}`, () => readRun(id), EVERY_MS);
  return (
    <>
      <p>
        <Link to={PATHS.calls}>Calls</Link>
      </p>
      <h1>Run {plain(id)}</h1>
      <Loaded of={read}>
        {({ story, isWhole }) =>
          story === null ? (
            <Empty>
              <p>No call has come of this run.</p>
            </Empty>
          ) : (
            <>
              {isWhole ? null : <p className="quiet">The newest {PAGES_MAX * PAGE_ROWS} calls are told.</p>}
              <Story of={story} id={id} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Story({ of: story, id }: { readonly of: RunStory; readonly id: string }) {
  return (
    <>
      <p className="quiet">
        {story.agents.length === 0 ? "" : `${plain(story.agents.join(", "))}, `}
        with {plain(story.keys.join(", "))}, from {moment(story.from)} to {moment(story.to)}
      </p>
      <ul className="tiles" aria-label="In all">
        <Tile name="moved" value={micros(story.movedMicros)} />
        <Tile name="held" value={micros(story.heldMicros)} />
        <Tile name={story.calls === 1 ? "call" : "calls"} value={String(story.calls)} />
        <Tile name="acts" value={String(story.acts.length)} />
        <Tile name="refused" value={String(story.refused)} />
      </ul>
      <ol className="story" aria-label="Acts">
        {story.acts.map((act) => (
          <li key={act.row.call_id}>
            <Told act={act} />
          </li>
        ))}
      </ol>
      <p>
        <Link to={callsPath({ run_id: id })}>Every call of this run</Link>
      </p>
    </>
  );
}

const SETTLERS = { person: "a person", reconciler: "a look-up" } as const;

function Told({ act }: { readonly act: AskedAct }) {
  const { row, rows, times, laterCodes } = act;
  const amount = amountOf(row);
  return (
    <>
      <div>
        <time dateTime={row.at}>{clock(row.at)}</time> <strong>{operationOf(row)}</strong>
        {row.decision === "denied" && amount !== "" ? ` ${amount}` : ""}: <Outcome row={row} />{" "}
        <VendorObject row={row} />
      </div>
      {row.settled_by === null || row.settled_by === "answer" ? null : (
        <div className="quiet">
          settled by {SETTLERS[row.settled_by]}
          {row.settled_reason === null ? "" : `: ${plain(row.settled_reason)}`}
        </div>
      )}
      {times === 1 ? null : (
        <details>
          <summary>
            asked for {times} times
            {laterCodes.length === 0 ? "" : `; then refused: ${plain(laterCodes.join(", "))}`}
          </summary>
          <ul>
            {rows.map((one) => (
              <li key={one.call_id}>
                <time dateTime={one.at}>{clock(one.at)}</time> <Outcome row={one} />
                {one.times > 1 ? `, ${counted(one.times, "call")}` : ""}{" "}
                <span className="quiet">
                  with <Link to={keyPath(one.vault_key_id)}>{plain(one.vault_key_name)}</Link>
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
