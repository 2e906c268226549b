/** What Stripe's own suite needs: its tests, from the source package on PyPI, and `stripe-mock`, which Go builds. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "./run-to-end.ts";
import { type Started, startServer } from "./stack.ts";

/** Of the Go module `github.com/stripe/stripe-mock`: it answers with examples of the API version that it was made for. */
export const STRIPE_MOCK = "v0.203.0";

/** The version of the `stripe` package that every test here uses. */
export function pinnedStripe(folder: string): string {
  const version = /^stripe==(\S+)$/m.exec(readFileSync(join(folder, "requirements.txt"), "utf8"))?.[1];
  if (version === undefined) throw new Error("requirements.txt does not pin stripe");
  return version;
}

/**
 * The folder in which that version's `tests` lie: unpacked once, from its source package, of which nothing else is
 * used. Uses the network (pip) when they are not there yet.
 */
export async function ensureSuite(folder: string, python: string): Promise<string> {
  const version = pinnedStripe(folder);
  const parts = join(folder, ".venv", "stripe-suite");
  const unpacked = join(parts, `stripe-${version}`);
  if (existsSync(join(unpacked, "tests"))) return unpacked;
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  await runToEnd(python, [...pip, "--no-binary", "stripe", "-d", parts, `stripe==${version}`]);
  await runToEnd(python, ["-m", "tarfile", "-e", `${unpacked}.tar.gz`, parts]);
  // The package itself is the installed one.
  rmSync(join(unpacked, "stripe"), { recursive: true });
  return unpacked;
}

/** Builds stripe-mock once, with the Go of this machine. Uses the network (Go modules) only then. */
export async function ensureStripeMock(folder: string): Promise<string> {
  const bin = join(folder, ".venv", `stripe-mock-${STRIPE_MOCK}`);
  const program = join(bin, "stripe-mock");
  if (existsSync(program)) return program;
  const module = `github.com/stripe/stripe-mock@${STRIPE_MOCK}`;
  await runToEnd("go", ["install", module], { env: { ...process.env, GOBIN: bin } }).catch(
    (cause: unknown) => {
      throw new Error("Stripe's own suite needs stripe-mock, which needs Go: install go, 1.21 or newer", {
        cause,
      });
    },
  );
  return program;
}

/** Starts it on a free port of this machine; the line is its address. */
export function startStripeMock(program: string): Promise<Started<string>> {
  return startServer({
    command: program,
    args: ["-http-addr", "127.0.0.1:0"],
    read: (line) => {
      const port = /^Listening for HTTP at address: .*:(\d+)$/.exec(line)?.[1];
      return port === undefined ? null : `http://127.0.0.1:${port}`;
    },
  });
}
