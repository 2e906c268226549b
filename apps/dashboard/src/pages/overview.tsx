import type { SpendGrouping, SpendInfo, SpendSpan } from "@keybrake/core";
import { lazy, Suspense } from "react";
import { callsPath, go, keyPath, Link, PATHS, runPath, useAddress } from "../address.tsx";
import { getSpend } from "../api.ts";
import { micros } from "../money.ts";
import { Empty, Loaded, Scrolled, Unseen } from "../parts/notes.tsx";
import { Tile } from "../parts/tile.tsx";
import { useAgain, useAsked } from "../session.tsx";
import { count, plain } from "../words.ts";

/** By itself, so that no other page waits for it. */
const Chart = lazy(() => import("../parts/chart.tsx"));

const EVERY_MS = 10_000;
/** While what is old is added up, somebody waits for it. */
const UNTOLD_MS = 1_000;

const BY: Readonly<Record<SpendGrouping, string>> = { key: "key", role: "role", agent: "agent", run: "run" };
const SPANS: Readonly<Record<SpendSpan, string>> = {
  "24h": "24 hours",
  "48h": "48 hours",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
};
const SHOWN = { moved_micros: "Spent", held_micros: "Held", denied: "Refused" } as const;
type Shown = keyof typeof SHOWN;

/** Of a month of runs the proxy tells none apart. */
const RUN_SPANS = { "24h": SPANS["24h"], "48h": SPANS["48h"], "7d": SPANS["7d"] } as const;

function spansOf(by: SpendGrouping): Readonly<Partial<Record<SpendSpan, string>>> {
  return by === "run" ? RUN_SPANS : SPANS;
}

interface View {
  readonly by: SpendGrouping;
  readonly span: SpendSpan;
  readonly show: Shown;
}

function among<K extends string>(
  choices: Readonly<Partial<Record<K, string>>>,
  text: string | null,
  fallback: K,
): K {
  return text !== null && Object.hasOwn(choices, text) ? (text as K) : fallback;
}

/** What moved, is held and was refused over time: of which keys, roles, agents or runs, the address says. */
export function OverviewPage() {
  const { query } = useAddress();
  const by = among<SpendGrouping>(BY, query.get("by"), "key");
  const span = among<SpendSpan>(spansOf(by), query.get("span"), by === "run" ? "7d" : "24h");
  const view: View = { by, span, show: among<Shown>(SHOWN, query.get("show"), "moved_micros") };
  const spend = useAsked(`spend ${by} ${span}`, () => getSpend(by, span), EVERY_MS);
  const isTold = spend.value === null || spend.value.told === 1;
  return (
    <>
      <h1>Overview</h1>
      <Choices view={view} />
      {isTold ? null : <Adding told={spend.value?.told ?? 0} again={spend.reload} />}
      <Loaded of={spend}>{(value) => <Figures spend={value} view={view} />}</Loaded>
    </>
  );
}

function Choices({ view }: { readonly view: View }) {
  const choose = (change: Partial<View>) =>
    go(`${PATHS.overview}?${new URLSearchParams({ ...view, ...change })}`, false);
  return (
    <div className="choosers">
      <Chooser label="By" value={view.by} choices={BY} onChoose={(by) => choose({ by })} />
      <Chooser
        label="In the last"
        value={view.span}
        choices={spansOf(view.by)}
        onChoose={(span) => choose({ span })}
      />
      <Chooser label="Show" value={view.show} choices={SHOWN} onChoose={(show) => choose({ show })} />
    </div>
  );
}

interface ChooserProps<K extends string> {
  readonly label: string;
  readonly value: K;
  readonly choices: Readonly<Partial<Record<K, string>>>;
  readonly onChoose: (choice: K) => void;
}

function Chooser<K extends string>({ label, value, choices, onChoose }: ChooserProps<K>) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value as K)}>
        {Object.entries<string | undefined>(choices).map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What is old is added up when somebody first looks: until then the figures are too small, and say so. */
function Adding({ told, again }: { readonly told: number; readonly again: () => void }) {
  useAgain(again, UNTOLD_MS);
  return (
    <p className="quiet" role="status">
      Adding up earlier calls: {Math.floor(told * 100)} %. Until then the figures leave some out.
    </p>
  );
}

function Figures({ spend, view }: { readonly spend: SpendInfo; readonly view: View }) {
  const { total, groups, starts, bin } = spend;
  return (
    <>
      <ul className="tiles" aria-label="In all">
        <Tile name="spent" value={micros(total.moved_micros)} />
        <Tile name="held" value={micros(total.held_micros)} />
        <Tile name="calls" value={count(total.calls)} />
        <Tile name="refused" value={count(total.denied)} />
      </ul>
      {groups.length === 0 ? (
        <Empty>
          <p>No call came in this time.</p>
        </Empty>
      ) : (
        <>
          <section className="card chart" aria-label={`${SHOWN[view.show]} by ${bin}`}>
            <Suspense fallback={<div className="plot" />}>
              <Chart
                starts={starts}
                bin={bin}
                series={groups.map((group) => group[view.show])}
                isMoney={view.show !== "denied"}
              />
            </Suspense>
          </section>
          <Groups spend={spend} />
        </>
      )}
    </>
  );
}

type Group = SpendInfo["groups"][number];

function Groups({ spend: { groups, by } }: { readonly spend: SpendInfo }) {
  return (
    <Scrolled label={`By ${by}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{BY[by].replace(/^./, (letter) => letter.toUpperCase())}</th>
            <th scope="col" className="figure">
              Spent
            </th>
            <th scope="col" className="figure">
              Held
            </th>
            <th scope="col" className="figure">
              Refused
            </th>
            <th scope="col" className="figure optional">
              Calls
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group, index) => (
            <tr key={`${group.kind} ${group.name}`}>
              <td>
                <span className={`swatch series-${index}`} aria-hidden="true" />{" "}
                <Named group={group} by={by} />
              </td>
              <td className="figure">{micros(group.total.moved_micros)}</td>
              <td className="figure">{micros(group.total.held_micros)}</td>
              <td className="figure">{count(group.total.denied)}</td>
              <td className="figure optional">{count(group.total.calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

function Named({ group: { kind, name, title }, by }: { readonly group: Group; readonly by: SpendGrouping }) {
  if (kind === "others") return <span className="quiet">all others</span>;
  if (kind === "none") return <span className="quiet">no {BY[by]}</span>;
  if (by === "role") return <>{name}</>;
  const to = by === "key" ? keyPath(name) : by === "run" ? runPath(name) : callsPath({ agent: name });
  return (
    <Link to={to}>
      {plain(title)}
      {by === "key" ? <Unseen> {name}</Unseen> : null}
    </Link>
  );
}
