import type { ReactNode } from "react";
import type { Asked } from "../session.tsx";

export function Problem({ of: problem }: { readonly of: string | null }) {
  if (problem === null) return null;
  return (
    <p className="error" role="alert">
      {problem}
    </p>
  );
}

interface LoadedProps<T> {
  readonly of: Asked<T>;
  readonly children: (value: T) => ReactNode;
}

/** What is shown of an answer: that it is on its way, what went wrong, or the answer. */
export function Loaded<T>({ of: { value, problem }, children }: LoadedProps<T>) {
  return (
    <>
      <Problem of={problem} />
      {value === null
        ? problem === null && (
            <p className="quiet" aria-busy="true">
              Loading …
            </p>
          )
        : children(value)}
    </>
  );
}

/** What there would be, and how it comes to be. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className="empty">{children}</div>;
}

/** A table that is wider than a phone: it scrolls by itself, and by keyboard. */
export function Scrolled({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** For those who hear the page: what everybody else sees from where it stands. */
export function Unseen({ children }: { readonly children: ReactNode }) {
  return <span className="unseen">{children}</span>;
}
