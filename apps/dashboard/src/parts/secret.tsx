import { useState } from "react";

interface SecretProps {
  readonly name: string;
  readonly secret: string;
  readonly onDone: () => void;
}

/** A key, this once: the proxy keeps its hash alone, and this page forgets it with the next click. */
export function Secret({ name, secret, onDone }: SecretProps) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () =>
    // Only pages by https, or from this machine, may write to the clipboard.
    (navigator.clipboard?.writeText(secret) ?? Promise.reject()).then(
      () => setSaid("Copied."),
      () => setSaid("This browser does not let the page copy: select the key, and copy it yourself."),
    );
  return (
    <section className="card secret" aria-label="The new key">
      <p>
        <strong>The key of {name}, shown this once.</strong> Give it to the agent, and to nobody else.
      </p>
      <output aria-label="Vault key">{secret}</output>
      <div className="buttons">
        <button type="button" className="strong" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" onClick={onDone}>
          Done
        </button>
      </div>
      <p className="quiet" role="status">
        {said}
      </p>
    </section>
  );
}
