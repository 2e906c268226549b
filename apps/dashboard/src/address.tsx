import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";

/** Where the reader is: everything that a page shows by choice stands in the address, so that a link shows the same. */
export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();
addEventListener("popstate", () => {
  for (const listener of listeners) listener();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAddress(): Address {
  const text = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`);
  const [path = "", search = ""] = text.split("?", 2);
  return { path, query: new URLSearchParams(search) };
}

/** `isStep` false: the address changes, and going back does not come here. */
export function go(to: string, isStep = true): void {
  if (isStep) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  for (const listener of listeners) listener();
}

interface LinkProps {
  readonly to: string;
  readonly isCurrent?: boolean;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A link to another page of the dashboard. */
export function Link({ to, isCurrent = false, className, children }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
    scrollTo(0, 0);
  };
  return (
    <a href={to} className={className} aria-current={isCurrent ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}

export const PATHS = {
  overview: "/app",
  keys: "/app/keys",
  newKey: "/app/keys/new",
  approvals: "/app/approvals",
  calls: "/app/calls",
  budgets: "/app/budgets",
  stop: "/app/stop",
} as const;

export const keyPath = (id: string) => `/app/keys/${encodeURIComponent(id)}`;
export const runPath = (id: string) => `/app/runs/${encodeURIComponent(id)}`;
export const callsPath = (filter: Readonly<Record<string, string>>) =>
  `/app/calls?${new URLSearchParams(filter)}`;
