import { type MouseEvent, useCallback, useEffect, useState } from "react";
import { listKeys, Refused, signOut } from "./api.ts";
import { CallsPage } from "./calls-page.tsx";
import { KeysPage } from "./keys-page.tsx";
import { SignIn } from "./sign-in.tsx";

const PAGES = [
  { path: "/app/keys", title: "Keys" },
  { path: "/app/calls", title: "Calls" },
] as const;

const ENDED: ReadonlySet<string> = new Set(["signed_out", "invalid_admin_key"]);

type Access = "asking" | "in" | "out";

/** Who has no session signs in; everybody else sees the page that the address names. */
export function App() {
  const [access, setAccess] = useState<Access>("asking");
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const read = () => setPath(location.pathname);
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
  useEffect(() => {
    listKeys().then(
      () => setAccess("in"),
      () => setAccess("out"),
    );
  }, []);

  const onError = useCallback((error: unknown) => {
    // The session has ended, or its admin key has.
    if (error instanceof Refused && ENDED.has(error.code)) setAccess("out");
  }, []);

  if (access === "asking") return <main aria-busy="true" />;
  if (access === "out") return <SignIn onDone={() => setAccess("in")} />;

  const go = (event: MouseEvent<HTMLAnchorElement>, to: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", to);
    setPath(to);
  };
  const shown = PAGES.find((page) => page.path === path) ?? PAGES[0];
  return (
    <>
      <header>
        <strong>Keybrake</strong>
        <nav aria-label="Pages">
          {PAGES.map((page) => (
            <a
              key={page.path}
              href={page.path}
              aria-current={page === shown ? "page" : undefined}
              onClick={(event) => go(event, page.path)}
            >
              {page.title}{" "}
            </a>
          ))}
        </nav>
        <button type="button" onClick={() => void signOut().finally(() => setAccess("out"))}>
          Sign out
        </button>
      </header>
      <main>
        {shown.path === "/app/calls" ? <CallsPage onError={onError} /> : <KeysPage onError={onError} />}
      </main>
    </>
  );
}
