import type { Role } from "@keybrake/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { shownFailure, usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import type { ExpectedKey } from "../verify/key-checks.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface KeyFlag {
  readonly variable: string;
  readonly role: string;
}

interface Flags extends ProxyFlags {
  readonly vaultKey?: readonly KeyFlag[];
  readonly junit?: boolean;
}

/** Looked at when they are set and nothing else is told: what the documentation has agents read. */
const USUAL: readonly KeyFlag[] = (["billing", "refund", "audit"] as const).map((role) => ({
  variable: `KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`,
  role,
}));

function collectKey(text: string, earlier: readonly KeyFlag[] | undefined): readonly KeyFlag[] {
  const [variable = "", role = "", ...more] = text.split("=");
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) && role !== "" && more.length === 0) {
    return [...(earlier ?? []), { variable, role }];
  }
  // Not quoted: a key itself may have been pasted here.
  throw new InvalidArgumentError("Give the name of a variable and a role, such as BILLING_KEY=billing.");
}

async function keysOf(flags: Flags, { env }: Io): Promise<readonly ExpectedKey[]> {
  const { ROLE_NAMES } = await import("@keybrake/core");
  const asRole = (name: string): Role => {
    const role = ROLE_NAMES.find((each) => each === name);
    if (role !== undefined) return role;
    throw usageError(`--vault-key: "${name}" is not one of ${ROLE_NAMES.join(", ")}`);
  };
  const told = (flags.vaultKey ?? USUAL).map(({ variable, role }) => ({
    ...{ variable, role: asRole(role), vaultKey: env[variable] ?? "" },
  }));
  // A variable that is named and not set holds no vault key, and that is what is said of it.
  return flags.vaultKey === undefined ? told.filter(({ vaultKey }) => vaultKey !== "") : told;
}

async function verify(flags: Flags, io: Io): Promise<void> {
  const keys = await keysOf(flags, io);
  await withAdmin(flags, io, async ({ admin, proxyUrl }) => {
    const [{ createProber }, { runVerify }, format, { startProgress }] = await Promise.all([
      import("../verify/probe.ts"),
      import("../verify/run-verify.ts"),
      import("../format/verify.ts"),
      import("../progress.ts"),
    ]);
    const progress = startProgress(io);
    await progress.say(`checking ${proxyUrl}`);
    const proxy = { admin, proxyUrl, prober: createProber(proxyUrl, io.fetch), fetch: io.fetch };
    const never = new AbortController().signal;
    const sleep = (ms: number) => io.sleep(ms, never);
    const results = await runVerify(proxy, keys, { clock: io.clock, sleep });
    await progress.clear();
    const text = flags.json
      ? format.verifyJson(results)
      : flags.junit
        ? format.verifyJunit(results)
        : format.renderVerify(results, io.stdout.style);
    await io.stdout.write(text);
    const { failed } = format.countsOf(results);
    if (failed > 0) throw shownFailure("verify_failed", `${failed} of ${results.length} checks failed`);
  });
}

export function addVerify(program: Command, io: Io): void {
  const command = program
    .command("verify")
    .description("check a running proxy and the keys that your agents hold, for CI")
    .option(
      "--vault-key <variable=role>",
      "a variable that holds a key, and the key's role (repeatable; default: the usual three that are set)",
      collectKey,
    )
    .addOption(new Option("--junit", "print JUnit XML").conflicts("json"));
  withJson(withProxyOptions(command), "print counts and checks as one JSON object")
    .action((flags: Flags) => verify(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "The usual variables are KEYBRAKE_BILLING_VAULT_KEY, KEYBRAKE_REFUND_VAULT_KEY",
        "and KEYBRAKE_AUDIT_VAULT_KEY. What a key may do is asked of a key that",
        "simulates, with the same policy: nothing reaches Stripe. Exits 1 when a check",
        "fails.",
        examples(
          "keybrake verify",
          "keybrake verify --vault-key BILLING_KEY=billing --vault-key AUDITOR=audit",
          "keybrake verify --junit > keybrake.xml",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
