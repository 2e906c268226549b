import { type SubmitEvent, useState } from "react";
import { signIn } from "../api.ts";
import { wordsOf } from "../words.ts";

/** The key goes to the proxy once, and stays in no script's reach. */
export function SignIn({ onDone }: { readonly onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

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
