import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Where the programs lie. */
export const PROGRAMS = join(import.meta.dirname, "../../languages");

/** A language with an official Stripe package that is tried out, package and all. */
export interface Language {
  readonly name: string;
  readonly package: string;
  /** The programs without which it cannot be tried, as asked for their version. */
  readonly tools: readonly (readonly [command: string, argument: string])[];
  /** Makes the agent's program in an empty folder and answers how to start it. May use the network. */
  readonly build: (folder: string) => Promise<Command>;
  /** Makes and runs a program of the language's page, with this environment, and answers what it printed. */
  readonly runPage: (page: PageProgram) => Promise<string>;
  /** The address that its base has to have, from the proxy's root. */
  readonly baseOf: (root: string) => string;
  /** What its package makes of a refusal, by what is refused. */
  readonly kinds: Readonly<Record<Refused, string>>;
  /** How often its package sends a call again by itself, when nobody says how often. */
  readonly retries: number;
  /** Whether it does so after an answer with `Stripe-Should-Retry: true`; all do when there is no answer. */
  readonly retriesAnswers: boolean;
}

export type Refused =
  | "notAllowed"
  | "revoked"
  | "cap"
  | "capAs402"
  | "possibleRepeat"
  | "storeDown"
  | "lostAnswer"
  | "unreachable";

export type Command = readonly [command: string, ...args: string[]];

export interface PageProgram {
  readonly source: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the agent's program is asked for. `reference` goes into the charge's metadata. */
export type Asked =
  | {
      readonly act: "charge";
      readonly amount: number;
      readonly reference: string;
      readonly description?: string;
    }
  | { readonly act: "refund"; readonly charge: string };

export interface Seen {
  /** Empty when the program saw an error. */
  readonly id: string;
  readonly error: null | {
    readonly kind: string;
    readonly status: number;
    readonly code: string;
    readonly message: string;
  };
}

export interface Agent extends AsyncDisposable {
  /** The package's own settings, as it has them unless told. */
  readonly settings: { readonly retries: number; readonly timeout_ms: number };
  readonly ask: (asked: Asked) => Promise<Seen>;
}

interface AgentSettings {
  readonly vaultKey: string;
  readonly base: string;
  /** The package's own unless told. */
  readonly retries?: number | undefined;
}

const run = promisify(execFile);

/** Why a language is not tried out here, or null. */
export async function whyMissing({ tools }: Language): Promise<string | null> {
  for (const [command, argument] of tools) {
    const found = await run(command, [argument]).then(
      () => true,
      () => false,
    );
    if (!found) return `there is no ${command} on this machine`;
  }
  return null;
}

/** Runs a tool to its end; what it printed is in the error when it fails. */
export async function runTool(command: Command, { cwd }: { readonly cwd: string }): Promise<void> {
  const [program, ...args] = command;
  await run(program, args, { cwd });
}

/** Starts the agent's program with a vault key, and waits for its first line. Ends with its scope. */
export async function startAgent(
  [program, ...args]: Command,
  { vaultKey, base, retries }: AgentSettings,
): Promise<Agent> {
  const child: ChildProcess = spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      KEYBRAKE_VAULT_KEY: vaultKey,
      KEYBRAKE_URL: base,
      ...(retries === undefined ? {} : { KEYBRAKE_RETRIES: String(retries) }),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error(`${program} has no pipes`);
  const ended = once(child, "exit");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  async function readLine<Line>(): Promise<Line> {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended with ${(await ended)[0]}`);
    return JSON.parse(value) as Line;
  }
  return {
    settings: await readLine<Agent["settings"]>(),
    async ask(asked) {
      stdin.write(`${JSON.stringify(asked)}\n`);
      return await readLine<Seen>();
    },
    async [Symbol.asyncDispose]() {
      stdin.end();
      await ended;
    },
  };
}
