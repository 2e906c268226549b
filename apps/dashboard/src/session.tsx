import type { MeInfo } from "@keybrake/core";
import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";
import { Refused } from "./refused.ts";
import { wordsOf } from "./words.ts";

export interface Session {
  readonly me: MeInfo;
  /** Hears of every error: the session may be over. */
  readonly onError: (error: unknown) => void;
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("a page outside of a session");
  return session;
}

/** Codes that say that nobody is signed in any more: the session has ended, or its admin key has. */
export const ENDED: ReadonlySet<string> = new Set(["signed_out", "invalid_admin_key"]);

/** What the scope of who is signed in allows, as `packages/proxy/src/admin/scopes.ts` decides it: buttons follow it. */
export function useMay(): { readonly operate: boolean; readonly issue: boolean } {
  const { scope } = useSession().me;
  return { operate: scope === "admin" || scope === "operator", issue: scope === "admin" };
}

export interface Asked<T> {
  /** Null until the first answer; the last one while the proxy does not answer. */
  readonly value: T | null;
  readonly problem: string | null;
  readonly reload: () => void;
}

/**
 * What the proxy answers, asked anew whenever `question` changes, and every so often while somebody looks. What comes
 * late to an earlier question is dropped.
 */
export function useAsked<T>(
  question: string,
  ask: () => Promise<T>,
  everyMs: number | null = null,
): Asked<T> {
  const { onError } = useSession();
  const [state, setState] = useState<{
    readonly of: string;
    readonly value: T | null;
    readonly problem: string | null;
  }>({ of: question, value: null, problem: null });
  const asker = useRef(ask);
  asker.current = ask;
  const newest = useRef(0);

  const reload = useCallback(() => {
    const number = ++newest.current;
    asker.current().then(
      (value) => {
        if (number === newest.current) setState({ of: question, value, problem: null });
      },
      (error: unknown) => {
        if (number !== newest.current) return;
        setState((shown) => ({
          of: question,
          value: shown.of === question && isGone(error) ? shown.value : null,
          problem: wordsOf(error),
        }));
        onError(error);
      },
    );
  }, [question, onError]);

  useEffect(() => {
    reload();
    const timer =
      everyMs === null ? null : setInterval(() => (document.hidden ? undefined : reload()), everyMs);
    return () => {
      newest.current++;
      if (timer !== null) clearInterval(timer);
    };
  }, [reload, everyMs]);

  const isNew = state.of === question;
  return { value: isNew ? state.value : null, problem: isNew ? state.problem : null, reload };
}

/** Does something every so often, for as long as it is shown. */
export function useAgain(act: () => void, everyMs: number): void {
  useEffect(() => {
    const timer = setInterval(act, everyMs);
    return () => clearInterval(timer);
  }, [act, everyMs]);
}

/** What was shown stays while nobody answers; what was refused is gone. */
function isGone(error: unknown): boolean {
  return error instanceof Refused && (error.code === "unreachable" || error.code === "store_unavailable");
}
