import type { BudgetInfo } from "@keybrake/core";
import { capBudget, createBudget, listBudgets } from "../api.ts";
import { dollars } from "../money.ts";
import { Action, textOf } from "../parts/action.tsx";
import { Empty, Loaded } from "../parts/notes.tsx";
import { Used } from "../parts/used.tsx";
import { useAsked, useMay } from "../session.tsx";
import { plain } from "../words.ts";

const EVERY_MS = 5_000;

/** Shared budgets, each below the one that is charged with all that it is charged with. */
export function BudgetsPage() {
  const budgets = useAsked("budgets", listBudgets, EVERY_MS);
  const may = useMay();
  return (
    <>
      <div className="head">
        <h1>Budgets</h1>
        {may.operate ? <Create among={budgets.value?.data ?? []} onDone={budgets.reload} /> : null}
      </div>
      <Loaded of={budgets}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>
              <p>
                There are no shared budgets. One caps what several keys spend together, and may be part of
                another.
              </p>
            </Empty>
          ) : (
            <Tree budgets={data} parent={null} onChange={budgets.reload} />
          )
        }
      </Loaded>
    </>
  );
}

interface TreeProps {
  readonly budgets: readonly BudgetInfo[];
  readonly parent: string | null;
  readonly onChange: () => void;
}

function Tree({ budgets, parent, onChange }: TreeProps) {
  const here = budgets.filter((budget) => budget.parent === parent);
  if (here.length === 0) return null;
  return (
    <ul className="tree" aria-label={parent === null ? "Budgets" : `Below ${parent}`}>
      {here.map((budget) => (
        <li key={budget.name}>
          <Budget of={budget} onChange={onChange} />
          <Tree budgets={budgets} parent={budget.name} onChange={onChange} />
        </li>
      ))}
    </ul>
  );
}

function Budget({ of: budget, onChange }: { readonly of: BudgetInfo; readonly onChange: () => void }) {
  const { name, spent, held, usd_cap, window, remaining } = budget;
  const may = useMay();
  // To the cent: differences of amounts in dollars are not exact.
  const own = Math.max(usd_cap - spent - held, 0) - 0.005;
  return (
    <div className="card row">
      <div>
        <strong>{plain(name)}</strong>{" "}
        <span className="quiet">{window === "lifetime" ? "in its lifetime" : `in any ${window}`}</span>
      </div>
      <Used name={name} spent={spent} held={held} cap={usd_cap} />
      <span className="quiet">
        {dollars(remaining)} left{remaining < own ? ", because of a budget above it" : ""}
      </span>
      {may.operate ? (
        <Action
          label="Change cap"
          of={name}
          title={`Cap of ${name}`}
          confirm="Set cap"
          act={(form) => capBudget(name, Number(textOf(form, "cap")))}
          onDone={onChange}
        >
          <label>
            US dollars {window === "lifetime" ? "in its lifetime" : `in any ${window}`}
            <input name="cap" type="number" min={0} step="any" required defaultValue={usd_cap} />
          </label>
          <p className="quiet">The next call obeys it, and what was spent stays.</p>
        </Action>
      ) : null}
    </div>
  );
}

interface CreateProps {
  readonly among: readonly BudgetInfo[];
  readonly onDone: () => void;
}

function Create({ among, onDone }: CreateProps) {
  const make = (form: FormData) => {
    const parent = textOf(form, "parent");
    return createBudget({
      name: textOf(form, "name"),
      usd_cap: Number(textOf(form, "cap")),
      window: textOf(form, "window"),
      ...(parent === "" ? {} : { parent }),
    });
  };
  return (
    <Action
      label="Create a budget"
      title="A budget that several keys share"
      confirm="Create"
      act={make}
      onDone={onDone}
    >
      <label>
        Name
        <input
          name="name"
          required
          maxLength={100}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
          autoComplete="off"
        />
      </label>
      <label>
        Cap in US dollars
        <input name="cap" type="number" min={0} step="any" required />
      </label>
      <label>
        What was spent counts for
        <select name="window" defaultValue="24h">
          <option value="1h">1 hour</option>
          <option value="24h">24 hours</option>
          <option value="7d">7 days</option>
          <option value="30d">30 days</option>
          <option value="lifetime">good (a lifetime)</option>
        </select>
      </label>
      <label>
        Part of
        <select name="parent" defaultValue="">
          <option value="">no other budget</option>
          {among.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </Action>
  );
}
