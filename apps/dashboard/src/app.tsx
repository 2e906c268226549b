import type { MeInfo } from "@keybrake/core";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { Link, PATHS, useAddress } from "./address.tsx";
import { getMe, listApprovals, signOut } from "./api.ts";
import { ApprovalsPage } from "./pages/approvals.tsx";
import { BudgetsPage } from "./pages/budgets.tsx";
import { CallsPage } from "./pages/calls.tsx";
import { KeyPage } from "./pages/key.tsx";
import { KeysPage } from "./pages/keys.tsx";
import { NewKeyPage } from "./pages/new-key.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { RunPage } from "./pages/run.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { StopPage } from "./pages/stop.tsx";
import { Problem } from "./parts/notes.tsx";
import { Refused } from "./refused.ts";
import { ENDED, SessionProvider, useAsked } from "./session.tsx";
import { wordsOf } from "./words.ts";

const PAGES = [
  { path: PATHS.overview, title: "Overview" },
  { path: PATHS.keys, title: "Keys" },
  { path: PATHS.approvals, title: "Approvals" },
  { path: PATHS.calls, title: "Calls" },
  { path: PATHS.budgets, title: "Budgets" },
  { path: PATHS.stop, title: "Stop" },
] as const;

type Access =
  | { readonly kind: "asking" | "out" }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "in"; readonly me: MeInfo };

/** Who has no session signs in, and then sees the page that the address names. */
export function App() {
  const [access, setAccess] = useState<Access>({ kind: "asking" });
  const enter = useCallback(() => {
    getMe().then(
      (me) => setAccess({ kind: "in", me }),
      (error: unknown) => {
        const isOut = error instanceof Refused && error.code !== "unreachable";
        setAccess(isOut ? { kind: "out" } : { kind: "failed", problem: wordsOf(error) });
      },
    );
  }, []);
  useEffect(enter, [enter]);
  const onError = useCallback((error: unknown) => {
    if (error instanceof Refused && ENDED.has(error.code)) setAccess({ kind: "out" });
  }, []);
  const me = access.kind === "in" ? access.me : null;
  const session = useMemo(() => (me === null ? null : { me, onError }), [me, onError]);

  if (access.kind === "asking") return <main aria-busy="true" />;
  if (access.kind === "failed") {
    return (
      <main>
        <h1>Keybrake</h1>
        <Problem of={access.problem} />
        <button type="button" onClick={enter}>
          Try again
        </button>
      </main>
    );
  }
  if (session === null) return <SignIn onDone={enter} />;
  return (
    <SessionProvider value={session}>
      <Shell onOut={() => setAccess({ kind: "out" })} />
    </SessionProvider>
  );
}

const EVERY_MS = 10_000;

function Shell({ onOut }: { readonly onOut: () => void }) {
  const { path } = useAddress();
  const waiting = useAsked("waiting approvals", () => listApprovals("status=pending&limit=100"), EVERY_MS);
  const number = waiting.value?.data.length ?? 0;
  return (
    <>
      <a className="skip" href="#main">
        To the page
      </a>
      <header>
        <Link to={PATHS.overview} className="brand">
          Keybrake
        </Link>
        <nav aria-label="Pages">
          {PAGES.map((page) => (
            <Link key={page.path} to={page.path} isCurrent={isWithin(path, page.path)}>
              {page.title}
              {page.path === PATHS.approvals && number > 0 ? (
                <span className="badge">
                  {number === 100 ? "99+" : number}
                  <span className="unseen"> waiting</span>
                </span>
              ) : null}
            </Link>
          ))}
        </nav>
        <button type="button" onClick={() => void signOut().finally(onOut)}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Page path={path} />
      </main>
    </>
  );
}

/** What the last part of `/app/<page>/<id>` names; null for a page of its own. */
function idIn(path: string, page: string): string | null {
  if (!path.startsWith(`${page}/`)) return null;
  try {
    return decodeURIComponent(path.slice(page.length + 1));
  } catch {
    return null;
  }
}

/** The overview is where all others are below. */
function isWithin(path: string, page: string): boolean {
  if (page === PATHS.overview) return path === page || path === `${page}/`;
  return path === page || path.startsWith(`${page}/`);
}

function Page({ path }: { readonly path: string }): ReactNode {
  const run = idIn(path, "/app/runs");
  if (run !== null) return <RunPage key={run} id={run} />;
  if (path === PATHS.newKey) return <NewKeyPage />;
  const key = idIn(path, PATHS.keys);
  if (key !== null) return <KeyPage key={key} id={key} />;
  switch (path) {
    case PATHS.approvals:
      return <ApprovalsPage />;
    case PATHS.calls:
      return <CallsPage />;
    case PATHS.budgets:
      return <BudgetsPage />;
    case PATHS.stop:
      return <StopPage />;
    case PATHS.keys:
      return <KeysPage />;
    default:
      return <OverviewPage />;
  }
}
