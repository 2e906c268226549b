import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What is known of somebody, by the name with which they sign in. */
export type IssuerPeople = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface IssuerMessage {
  readonly client?: { readonly id: string; readonly secret: string; readonly redirectUri: string };
  readonly people: IssuerPeople;
}

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** From the next sign-in on. */
  setPeople(people: IssuerPeople): void;
}

/** Starts an issuer that knows one client. Any password is right. */
export async function startIssuer(
  client: NonNullable<IssuerMessage["client"]>,
  people: IssuerPeople,
): Promise<TestIssuer> {
  const child = fork(join(import.meta.dirname, "issuer-process.ts"), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const tell = (message: IssuerMessage) => void child.send(message);
  tell({ client, people });
  const [told] = (await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the issuer ended with ${code}`))),
  ])) as [{ issuer: string }];
  return {
    url: told.issuer,
    setPeople: (now) => tell({ people: now }),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}
