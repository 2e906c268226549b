import type { SubmitEvent } from "react";
import { go, Link, PATHS } from "../address.tsx";
import { plain, titleOf } from "../words.ts";

/** Every filter of `GET /admin/audit`, in its spelling: what a form says is the address, and the address the question. */
const TEXTS = [
  ...["run_id", "agent", "customer", "operation", "code", "vault_key_id"],
  ...["object_id", "conversation_id", "turn", "idempotency_key"],
] as const;
const CHOICES = {
  decision: ["allowed", "denied", "replayed"],
  state: ["held", "unknown", "awaiting", "posted", "voided", "none"],
} as const;
const TIMES = ["from", "to"] as const;

/** `2026-06-01T10:00` of the reader's clock, for an input; empty for no time. */
function localOf(iso: string | null): string {
  const at = Date.parse(iso ?? "");
  if (Number.isNaN(at)) return "";
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const LABEL = "label.";

function labelsIn(filter: URLSearchParams): string {
  const labels = [...filter].filter(([name]) => name.startsWith(LABEL));
  return labels.map(([name, value]) => `${name.slice(LABEL.length)}=${value}`).join(", ");
}

function queryOf(form: FormData): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of [...TEXTS, ...Object.keys(CHOICES)]) {
    const value = String(form.get(name) ?? "").trim();
    if (value !== "") query.set(name, value);
  }
  for (const name of TIMES) {
    const at = Date.parse(String(form.get(name) ?? ""));
    if (!Number.isNaN(at)) query.set(name, new Date(at).toISOString());
  }
  for (const pair of String(form.get("labels") ?? "").split(",")) {
    const [name = "", ...rest] = pair.split("=");
    if (name.trim() !== "" && rest.length > 0) query.set(`${LABEL}${name.trim()}`, rest.join("=").trim());
  }
  return query;
}

export function CallFilters({ filter }: { readonly filter: URLSearchParams }) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const query = queryOf(new FormData(event.currentTarget)).toString();
    go(query === "" ? PATHS.calls : `${PATHS.calls}?${query}`);
  };
  const csv = new URLSearchParams([...filter, ["format", "csv"], ["limit", "1000"]]);
  return (
    <div className="filters">
      <Chips filter={filter} />
      <details>
        <summary>Filter</summary>
        {/* Another address is another form: what it holds comes from there. */}
        <form key={filter.toString()} className="grid" onSubmit={submit}>
          {TEXTS.map((name) => (
            <label key={name}>
              {titleOf(name)}
              <input name={name} defaultValue={filter.get(name) ?? ""} autoComplete="off" />
            </label>
          ))}
          {Object.entries(CHOICES).map(([name, values]) => (
            <label key={name}>
              {titleOf(name)}
              <select name={name} defaultValue={filter.get(name) ?? ""}>
                <option value="">any</option>
                {values.map((value) => (
                  <option key={value}>{value}</option>
                ))}
              </select>
            </label>
          ))}
          {TIMES.map((name) => (
            <label key={name}>
              {titleOf(name)}
              <input name={name} type="datetime-local" step="1" defaultValue={localOf(filter.get(name))} />
            </label>
          ))}
          <label>
            Labels
            <input
              name="labels"
              defaultValue={labelsIn(filter)}
              placeholder="team=billing"
              autoComplete="off"
            />
          </label>
          <div className="buttons">
            <button type="submit" className="strong">
              Apply
            </button>
          </div>
        </form>
      </details>
      <a href={`/app/api/audit?${csv}`} download="calls.csv">
        CSV
      </a>
    </div>
  );
}

/** What is filtered by, each with a way out of it. */
function Chips({ filter }: { readonly filter: URLSearchParams }) {
  const named = [...filter];
  if (named.length === 0) return null;
  const without = (name: string) => {
    const rest = named.filter(([other]) => other !== name);
    return rest.length === 0 ? PATHS.calls : `${PATHS.calls}?${new URLSearchParams(rest)}`;
  };
  return (
    <ul className="chips" aria-label="Filters">
      {named.map(([name, value]) => (
        <li key={name}>
          {name}: {plain(value)}{" "}
          <Link to={without(name)}>
            <span aria-hidden="true">×</span>
            <span className="unseen">Without {name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
