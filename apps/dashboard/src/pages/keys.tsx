import type { VaultKeyInfo } from "@keybrake/core";
import { keyPath, Link, PATHS } from "../address.tsx";
import { haltKey, KEYS_SHOWN, listKeys } from "../api.ts";
import { Action } from "../parts/action.tsx";
import { Empty, Loaded, Scrolled, Unseen } from "../parts/notes.tsx";
import { Used } from "../parts/used.tsx";
import { useAsked, useMay } from "../session.tsx";
import { moment, plain } from "../words.ts";
import { underParents } from "./key-tree.ts";

const EVERY_MS = 5_000;

/** Every key with what it has spent of its cap, newest first; what a key has made stands below it. */
export function KeysPage() {
  const keys = useAsked("keys", listKeys, EVERY_MS);
  const may = useMay();
  return (
    <>
      <div className="head">
        <h1>Keys</h1>
        {may.issue ? (
          <Link to={PATHS.newKey} className="button strong">
            Create a key
          </Link>
        ) : null}
      </div>
      <Loaded of={keys}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <NoKeys />
          ) : (
            <>
              <KeyTable keys={data} onChange={keys.reload} />
              {next_cursor === null ? null : <p className="quiet">The newest {KEYS_SHOWN} are shown.</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}

function NoKeys() {
  const may = useMay();
  return (
    <Empty>
      <p>
        There are no keys yet. An agent calls Stripe with a key of this proxy, which can do what its policy
        says.
      </p>
      {may.issue ? <Link to={PATHS.newKey}>Create the first key</Link> : null}
    </Empty>
  );
}

interface TableProps {
  readonly keys: readonly VaultKeyInfo[];
  readonly onChange: () => void;
}

export function KeyTable({ keys, onChange }: TableProps) {
  const may = useMay();
  return (
    <Scrolled label="Keys">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Status</th>
            <th scope="col">Spent and held of its cap, in 24 h</th>
            <th scope="col" className="optional">
              Ends
            </th>
            {may.operate ? (
              <th scope="col">
                <Unseen>Stop</Unseen>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {underParents(keys).map(({ key, depth }) => (
            <tr key={key.id}>
              <td className={`depth-${Math.min(depth, 3)}`}>
                <Link to={keyPath(key.id)}>{plain(key.name)}</Link>
                <div className="quiet">
                  {depth > 0 ? "made by the key above · " : ""}
                  {key.role ?? "no role"}
                  {key.policy.simulate ? " · simulates" : ""}
                  {key.policy.enforcement === "observe" ? " · observes only" : ""}
                </div>
              </td>
              <td>
                <span className={`tag ${key.status}`}>{key.status}</span>
              </td>
              <td>
                <Used name={key.name} spent={key.spent} held={key.held} cap={key.policy.daily_usd_cap} />
              </td>
              <td className="optional">{moment(key.expires_at)}</td>
              {may.operate ? (
                <td className="buttons">
                  <Revoke of={key} onDone={onChange} />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

export function Revoke({ of: key, onDone }: { readonly of: VaultKeyInfo; readonly onDone: () => void }) {
  if (key.status === "revoked" || key.status === "expired") return null;
  return (
    <Action
      label="Revoke"
      of={plain(key.name)}
      title={`Revoke ${plain(key.name)}?`}
      isDanger
      act={() => haltKey(key.id, "revoke")}
      onDone={onDone}
    >
      <p>
        Its agent's next call is refused, and so is every call of the keys that it made. This cannot be
        undone.
      </p>
    </Action>
  );
}
