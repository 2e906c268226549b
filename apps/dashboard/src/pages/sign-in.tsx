import { type SubmitEvent, useEffect, useState } from "react";
import { signIn, waysIn } from "../api.ts";
import { wordsOf } from "../words.ts";

/** The key goes to the proxy once, and stays in no script's reach. */
export function SignIn({ onDone }: { readonly onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [issuer, setIssuer] = useState<string | null>(null);
  useEffect(() => {
    // Whoever has an admin key needs no answer.
    waysIn().then(
      ({ oidc }) => setIssuer(oidc?.issuer ?? null),
      () => {},
    );
  }, []);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    setBusy(true);
    try {
      await signIn(typeof key === "string" ? key.trim() : "");
      onDone();
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(false);
    }
  };

  return (
    <main>
      <h1>Keybrake</h1>
      {issuer === null ? null : (
        <>
          <p>
            <a className="button strong" href={`/app/oidc?to=${encodeURIComponent(hereOf(location))}`}>
              Sign in with {issuer}
            </a>
          </p>
          <p className="quiet">Or, without it:</p>
        </>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Admin key
          <input name="key" type="password" autoComplete="current-password" required />
        </label>
        {problem === null ? null : (
          <p className="error" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" disabled={isBusy}>
          Sign in
        </button>
        <p className="quiet">
          It is the KEYBRAKE_ADMIN_KEY that the proxy was started with; `keybrake dev` prints one.
        </p>
      </form>
    </main>
  );
}

/** The page that was asked for, to come back to. */
function hereOf({ pathname, search }: Location): string {
  return `${pathname}${search}`;
}
