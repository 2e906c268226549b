import type { BudgetInfo, CreateVaultKeyInput, IssuedVaultKey, RoleInfo } from "@keybrake/core";
import { type SubmitEvent, useState } from "react";
import { go, keyPath, Link, PATHS } from "../address.tsx";
import { createKey, getOpenApi, listBudgets, listRoles } from "../api.ts";
import { Loaded, Problem } from "../parts/notes.tsx";
import { Secret } from "../parts/secret.tsx";
import { FieldInput } from "../policy-form/field.tsx";
import { type Field, fieldsOf, type OpenApi, valuesOf } from "../policy-form/schema.ts";
import { Refused } from "../refused.ts";
import { useAsked, useMay, useSession } from "../session.tsx";
import { plain, wordsOf } from "../words.ts";

interface Known {
  readonly api: OpenApi;
  readonly roles: readonly RoleInfo[];
  readonly budgets: readonly BudgetInfo[];
}

async function readKnown(): Promise<Known> {
  const [api, roles, budgets] = await Promise.all([getOpenApi(), listRoles(), listBudgets()]);
  return { api, roles: roles.data, budgets: budgets.data };
}

/** A form of everything that a key can be limited by, each in one sentence; the key is shown once. */
export function NewKeyPage() {
  const known = useAsked("what a key can be", readKnown);
  const may = useMay();
  const [issued, setIssued] = useState<IssuedVaultKey | null>(null);
  return (
    <>
      <p>
        <Link to={PATHS.keys}>Keys</Link>
      </p>
      <h1>Create a key</h1>
      {!may.issue ? (
        <p className="quiet">Your key may not issue keys.</p>
      ) : issued === null ? (
        <Loaded of={known}>{(value) => <KeyForm known={value} onIssued={setIssued} />}</Loaded>
      ) : (
        <Secret name={plain(issued.name)} secret={issued.vault_key} onDone={() => go(keyPath(issued.id))} />
      )}
    </>
  );
}

/** What most keys say; the rest is behind a fold, in the schema's order. */
const FIRST: readonly string[] = ["name", "daily_usd_cap", "max_usd_per_call"];
/** Chosen by controls of their own. `budget` is short for `budgets`. */
const OWN: readonly string[] = ["role", "vendor", "account", "budget", "budgets", "expires_in_seconds"];

interface FormProps {
  readonly known: Known;
  readonly onIssued: (issued: IssuedVaultKey) => void;
}

function KeyForm({ known: { api, roles, budgets }, onIssued }: FormProps) {
  const { me, onError } = useSession();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [isBusy, setBusy] = useState(false);
  const fields = fieldsOf(api.components.schemas.CreateVaultKey ?? {}, api);
  const named = new Map(fields.map((field) => [field.path, field]));
  const first = FIRST.flatMap((path) => named.get(path) ?? []);
  const more = fields.filter(({ path }) => !FIRST.includes(path) && !OWN.includes(path));

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    try {
      const said = valuesOf(fields, new FormData(event.currentTarget));
      const [vendor, account] = String(new FormData(event.currentTarget).get("held")).split(" ");
      onIssued(await createKey({ ...said, vendor, account } as CreateVaultKeyInput));
    } catch (error) {
      const problem = error instanceof Refused ? error : new Refused("failed", wordsOf(error));
      setRefused(problem);
      setBusy(false);
      onError(error);
    }
  };
  const isBehindFold = more.some(({ path }) => refused?.param?.startsWith(path) === true);

  return (
    <form className="policy" onSubmit={(event) => void submit(event)}>
      <Roles roles={roles} said={named.get("role")} />
      {first.map((field) => (
        <FieldInput key={field.path} field={field} refused={refused} />
      ))}
      <Lifetime said={named.get("expires_in_seconds")} />
      <Budgets among={budgets} said={named.get("budgets")} />
      <Held accounts={me.accounts} />
      <details className="more" open={isBehindFold ? true : undefined}>
        <summary>More limits</summary>
        {more.map((field) => (
          <FieldInput key={field.path} field={field} refused={refused} />
        ))}
      </details>
      <Problem of={refused === null ? null : refused.message} />
      <div className="buttons">
        <button type="submit" className="strong" disabled={isBusy}>
          Create the key
        </button>
      </div>
    </form>
  );
}

/** The templates: what each role's tools need, and nothing else. */
function Roles({ roles, said }: { readonly roles: readonly RoleInfo[]; readonly said: Field | undefined }) {
  return (
    <fieldset className="choices">
      <legend>Role</legend>
      <p className="quiet">{said?.description}.</p>
      {roles.map(({ role, tools }, index) => (
        <label key={role}>
          <input type="radio" name="role" value={role} defaultChecked={index === 0} />
          <span>
            <strong>{role}</strong>{" "}
            <span className="quiet">{tools.map(({ name }) => name.replaceAll("_", " ")).join(", ")}</span>
          </span>
        </label>
      ))}
      <label>
        <input type="radio" name="role" value="" />
        <span>
          <strong>none</strong> <span className="quiet">name the allowed operations below</span>
        </span>
      </label>
    </fieldset>
  );
}

const LIFETIMES = [
  ["1 hour", 3_600],
  ["8 hours", 28_800],
  ["1 day", 86_400],
  ["7 days", 604_800],
  ["30 days", 2_592_000],
  ["1 year", 31_536_000],
] as const;

function Lifetime({ said }: { readonly said: Field | undefined }) {
  return (
    <div className="field">
      <label htmlFor="lifetime">Lives for</label>
      <select id="lifetime" name="expires_in_seconds" defaultValue="86400" aria-describedby="lifetime-why">
        {LIFETIMES.map(([words, seconds]) => (
          <option key={seconds} value={seconds}>
            {words}
          </option>
        ))}
      </select>
      <p id="lifetime-why" className="quiet">
        {said?.description}.
      </p>
    </div>
  );
}

function Budgets({
  among,
  said,
}: {
  readonly among: readonly BudgetInfo[];
  readonly said: Field | undefined;
}) {
  if (among.length === 0) return null;
  return (
    <fieldset className="choices">
      <legend>Budgets</legend>
      <p className="quiet">{said?.description}.</p>
      {among.map(({ name }) => (
        <label key={name}>
          <input type="checkbox" name="budgets" value={name} />
          <span>{plain(name)}</span>
        </label>
      ))}
    </fieldset>
  );
}

type HeldProps = { readonly accounts: ReturnType<typeof useSession>["me"]["accounts"] };

/** Nobody is asked to choose between one. */
function Held({ accounts }: HeldProps) {
  const [only] = accounts;
  const choiceOf = ({ vendor, account }: HeldProps["accounts"][number]) => `${vendor} ${account}`;
  if (only !== undefined && accounts.length === 1)
    return <input type="hidden" name="held" value={choiceOf(only)} />;
  return (
    <div className="field">
      <label htmlFor="held">For</label>
      <select id="held" name="held">
        {accounts.map((one) => (
          <option key={choiceOf(one)} value={choiceOf(one)}>
            {one.title}, account {one.account}
          </option>
        ))}
      </select>
    </div>
  );
}
