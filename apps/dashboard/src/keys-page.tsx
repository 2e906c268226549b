import type { VaultKeyInfo } from "@keybrake/core";
import { useEffect, useState } from "react";
import { listKeys, revokeKey } from "./api.ts";
import { dollars, moment, wordsOf } from "./words.ts";

const EVERY_MS = 5_000;

interface Props {
  readonly onError: (error: unknown) => void;
}

/** Every key with what it has spent of its cap, newest first. */
export function KeysPage({ onError }: Props) {
  const [keys, setKeys] = useState<readonly VaultKeyInfo[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let isGone = false;
    const load = async () => {
      try {
        const { data } = await listKeys();
        if (isGone) return;
        setKeys(data);
        setProblem(null);
      } catch (error) {
        if (isGone) return;
        setProblem(wordsOf(error));
        onError(error);
      }
    };
    void load();
    const timer = setInterval(() => void load(), EVERY_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [onError]);

  const revoke = async (key: VaultKeyInfo) => {
    if (!confirm(`Revoke '${key.name}'? Its agent's next call is refused.`)) return;
    try {
      const revoked = await revokeKey(key.id);
      setKeys((shown) => shown?.map((one) => (one.id === revoked.id ? revoked : one)) ?? null);
    } catch (error) {
      setProblem(wordsOf(error));
      onError(error);
    }
  };

  return (
    <>
      <h1>Keys</h1>
      {problem === null ? null : (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      {keys?.length === 0 ? (
        <p>
          There are no keys yet. Make one: keybrake keys create --name june --role billing --daily-usd-cap 500
        </p>
      ) : null}
      {keys === null || keys.length === 0 ? null : (
        <KeyTable keys={keys} onRevoke={(key) => void revoke(key)} />
      )}
    </>
  );
}

function KeyTable({
  keys,
  onRevoke,
}: {
  readonly keys: readonly VaultKeyInfo[];
  readonly onRevoke: (key: VaultKeyInfo) => void;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="wide" aria-label="Keys" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Status</th>
            <th scope="col">Spent and held of its cap, in 24 h</th>
            <th scope="col" className="optional">
              Ends
            </th>
            <th scope="col">
              <span className="quiet">Stop</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>
                {key.name}
                <div className="quiet">{key.role ?? "no role"}</div>
              </td>
              <td className={key.status}>{key.status}</td>
              <td>
                <Spent of={key} />
              </td>
              <td className="optional">{moment(key.expires_at)}</td>
              <td>
                {key.status === "active" ? (
                  <button type="button" className="danger" onClick={() => onRevoke(key)}>
                    Revoke<span className="quiet"> {key.name}</span>
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Spent({ of: { name, spent, held, policy } }: { readonly of: VaultKeyInfo }) {
  const cap = policy.daily_usd_cap;
  const used = spent + held;
  const words = `${dollars(used)} ${cap === null ? "(no cap of its own)" : `of ${dollars(cap)}`}`;
  if (cap === null || cap === 0) return <>{words}</>;
  return (
    <>
      <meter
        aria-label={`Used by ${name}`}
        min={0}
        max={cap}
        low={cap * 0.5}
        high={cap * 0.8}
        optimum={0}
        value={used}
      />{" "}
      {words}
    </>
  );
}
