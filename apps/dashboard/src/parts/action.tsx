import { type ReactNode, type SubmitEvent, useEffect, useId, useRef, useState } from "react";
import { useSession } from "../session.tsx";
import { wordsOf } from "../words.ts";
import { Problem, Unseen } from "./notes.tsx";

interface ActionProps {
  /** What the button says. */
  readonly label: string;
  /** Of what: heard by those who do not see where the button stands. */
  readonly of?: string;
  readonly title: string;
  /** What the button inside says; as the outer one unless told. */
  readonly confirm?: string;
  readonly isDanger?: boolean;
  /** A word that must be typed first. */
  readonly typed?: string;
  /** Rejects with what is shown; what it was asked for is done when it resolves, and the dialog closes. */
  readonly act: (form: FormData) => Promise<unknown>;
  readonly onDone?: () => void;
  /** What will happen, and fields to say more. */
  readonly children?: ReactNode;
}

/** A button that asks before it acts. */
export function Action({ label, of, isDanger = false, ...props }: ActionProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={isDanger ? "danger" : undefined} onClick={() => setOpen(true)}>
        {label}
        {of === undefined ? null : <Unseen> {of}</Unseen>}
      </button>
      {isOpen ? <Asking {...{ label, isDanger }} {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

type AskingProps = Omit<ActionProps, "of"> & { readonly onClose: () => void };

function Asking(props: AskingProps) {
  const { label, title, confirm = label, isDanger = false, typed, act, onDone, onClose, children } = props;
  const { onError } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    try {
      await act(new FormData(event.currentTarget));
      dialog.current?.close();
      onDone?.();
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(false);
      onError(error);
    }
  };

  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id={heading}>{title}</h2>
        {children}
        {typed === undefined ? null : (
          <label>
            Type {typed} to go on
            <input name="typed" required pattern={typed} autoComplete="off" title={typed} />
          </label>
        )}
        <Problem of={problem} />
        <div className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className={isDanger ? "danger strong" : "strong"} disabled={isBusy}>
            {confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A text field of a form; empty when it is not there. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
