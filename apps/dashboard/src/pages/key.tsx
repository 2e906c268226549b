import type { RotatedVaultKey, VaultKeyInfo, VaultKeyPolicy } from "@keybrake/core";
import { useState } from "react";
import { callsPath, Link, PATHS } from "../address.tsx";
import { capKey, getKey, haltKey, listKeys, rotateKey } from "../api.ts";
import { dollars } from "../money.ts";
import { Action, textOf } from "../parts/action.tsx";
import { Loaded } from "../parts/notes.tsx";
import { Secret } from "../parts/secret.tsx";
import { Used } from "../parts/used.tsx";
import { useAsked, useMay } from "../session.tsx";
import { count, moment, plain, titleOf } from "../words.ts";
import { descendantsOf } from "./key-tree.ts";
import { KeyTable, Revoke } from "./keys.tsx";

const EVERY_MS = 5_000;

/** One key: what it may do, what it has used, the keys that it made, and what can be done to it. */
export function KeyPage({ id }: { readonly id: string }) {
  const key = useAsked(`key ${id}`, () => getKey(id), EVERY_MS);
  return (
    <>
      <p>
        <Link to={PATHS.keys}>Keys</Link>
      </p>
      <Loaded of={key}>{(value) => <Shown of={value} onChange={key.reload} />}</Loaded>
    </>
  );
}

interface ShownProps {
  readonly of: VaultKeyInfo;
  readonly onChange: () => void;
}

function Shown({ of: key, onChange }: ShownProps) {
  const [rotated, setRotated] = useState<RotatedVaultKey | null>(null);
  return (
    <>
      <div className="head">
        <h1>
          {plain(key.name)} <span className={`tag ${key.status}`}>{key.status}</span>
        </h1>
        <Actions of={key} onChange={onChange} onRotated={setRotated} />
      </div>
      {rotated === null ? null : (
        <Secret name={plain(key.name)} secret={rotated.vault_key} onDone={() => setRotated(null)} />
      )}
      <section className="card" aria-label="Use">
        <Used name={key.name} spent={key.spent} held={key.held} cap={key.policy.daily_usd_cap} />
        <dl className="facts">
          <dt>Still allowed</dt>
          <dd>{key.remaining === null ? "without a cap" : dollars(key.remaining)}</dd>
          <dt>Calls admitted</dt>
          <dd>
            {count(key.calls)} · <Link to={callsPath({ vault_key_id: key.id })}>its calls</Link>
          </dd>
          <dt>Made</dt>
          <dd>{moment(key.created_at)}</dd>
          <dt>{key.revoked_at === null ? "Ends" : "Revoked"}</dt>
          <dd>{moment(key.revoked_at ?? key.expires_at)}</dd>
          <dt>Id</dt>
          <dd>
            <code>{key.id}</code>
          </dd>
          {Object.entries(key.labels).map(([name, value]) => (
            <Fact key={name} name={plain(name)} value={plain(value)} />
          ))}
        </dl>
      </section>
      <PolicyCard of={key.policy} role={key.role} />
      <Children of={key} />
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface ActionsProps extends ShownProps {
  readonly onRotated: (rotated: RotatedVaultKey) => void;
}

function Actions({ of: key, onChange, onRotated }: ActionsProps) {
  const may = useMay();
  const name = plain(key.name);
  const isOver = key.status === "revoked" || key.status === "expired";
  if (!may.operate || isOver) return null;
  return (
    <div className="buttons">
      <Action
        label="Change cap"
        title={`Cap of ${name}`}
        confirm="Set cap"
        act={(form) => capKey(key.id, Number(textOf(form, "cap")))}
        onDone={onChange}
      >
        <label>
          US dollars in any 24 hours
          <input
            {...{ name: "cap", type: "number", min: 0, step: "any", required: true }}
            defaultValue={key.policy.daily_usd_cap ?? ""}
          />
        </label>
        <p className="quiet">The next call obeys it, and what was spent stays. 0 lets it only read.</p>
      </Action>
      {key.paused_at === null ? (
        <Action label="Pause" title={`Pause ${name}?`} act={() => haltKey(key.id, "pause")} onDone={onChange}>
          <p>Its calls, and those of the keys that it made, are refused until it is resumed.</p>
        </Action>
      ) : (
        <Action
          label="Resume"
          title={`Resume ${name}?`}
          act={() => haltKey(key.id, "resume")}
          onDone={onChange}
        >
          <p>Its calls go on. A stop that covers it still stands.</p>
        </Action>
      )}
      {may.issue ? <Rotate of={key} onRotated={onRotated} onDone={onChange} /> : null}
      <Revoke of={key} onDone={onChange} />
    </div>
  );
}

interface RotateProps {
  readonly of: VaultKeyInfo;
  readonly onRotated: (rotated: RotatedVaultKey) => void;
  readonly onDone: () => void;
}

function Rotate({ of: key, onRotated, onDone }: RotateProps) {
  return (
    <Action
      label="Rotate"
      title={`Another secret for ${plain(key.name)}?`}
      confirm="Rotate"
      act={async (form) => onRotated(await rotateKey(key.id, Number(textOf(form, "overlap"))))}
      onDone={onDone}
    >
      <p>Its policy and what it has spent stay. The new secret is shown once.</p>
      <label>
        The secret before works for
        <select name="overlap" defaultValue="0">
          <option value="0">no longer</option>
          <option value="300">5 minutes more</option>
          <option value="3600">1 hour more</option>
          <option value="86400">1 day more</option>
        </select>
      </label>
    </Action>
  );
}

/** In words, what binds: fields that say nothing are left out. */
function shownValue(value: unknown): string | null {
  if (value === null || value === false) return null;
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(", ");
  if (typeof value === "object") {
    const parts = Object.entries(value as Record<string, unknown>).flatMap(([name, part]) => {
      const shown = shownValue(part);
      return shown === null ? [] : [`${titleOf(name).toLowerCase().replace("usd", "USD")}: ${shown}`];
    });
    return parts.length === 0 ? null : parts.join("; ");
  }
  return value === true ? "yes" : String(value);
}

function PolicyCard({ of: policy, role }: { readonly of: VaultKeyPolicy; readonly role: string | null }) {
  const facts = Object.entries({ role, ...policy }).flatMap(([name, value]) => {
    const shown = shownValue(value);
    return shown === null ? [] : [{ name, shown }];
  });
  return (
    <section className="card" aria-label="Policy">
      <h2>What it may do</h2>
      <dl className="facts">
        {facts.map(({ name, shown }) => (
          <Fact key={name} name={titleOf(name)} value={plain(shown)} />
        ))}
      </dl>
    </section>
  );
}

/** Only a key that may make others has any, or one of those. */
function Children({ of: key }: { readonly of: VaultKeyInfo }) {
  return key.policy.may_delegate === null ? null : <Made by={key.id} />;
}

function Made({ by }: { readonly by: string }) {
  const keys = useAsked(`keys of ${by}`, listKeys, EVERY_MS);
  return (
    <section aria-label="Keys that it made">
      <h2>Keys that it made</h2>
      <Loaded of={keys}>
        {({ data }) => {
          const below = descendantsOf(by, data);
          return below.length === 0 ? (
            <p className="quiet">None so far.</p>
          ) : (
            <KeyTable keys={below} onChange={keys.reload} />
          );
        }}
      </Loaded>
    </section>
  );
}
