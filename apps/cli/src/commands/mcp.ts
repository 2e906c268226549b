import type { Role } from "@keybrake/core";
import type { Command } from "commander";
import { usageError } from "../cli-error.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { untilStopped } from "../server/until-stopped.ts";
import { readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { collect, examples, withProxyOptions } from "./options.ts";

interface Flags {
  readonly role: readonly string[];
  readonly runId?: string;
  readonly agent?: string;
  readonly proxyUrl?: string;
}

const variableOf = (role: string) => `KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`;

/** One variable per role, or one for all. Never a flag: those show in `ps`. */
function vaultKeyOf(role: Role, env: Io["env"]): string {
  const variable = env[variableOf(role)] ? variableOf(role) : "KEYBRAKE_VAULT_KEY";
  const key = env[variable];
  const issue = `Issue one with: keybrake keys create --role ${role} …`;
  if (!key)
    throw usageError(
      `no vault key for the role ${role}: set ${variableOf(role)} or KEYBRAKE_VAULT_KEY. ${issue}`,
    );
  // A Stripe key has a refusal of its own, in core.
  if (!/^(?:vk|sk|rk)_/.test(key))
    throw usageError(`${variable} holds no vault key: those begin with vk_. ${issue}`);
  return key;
}

/** The tools of the roles, in one run. Throws a usage error, which never holds a key. */
async function toolsetsOf(flags: Flags, io: Io) {
  const { createRun, createToolset, holdsSecret, isKeybrakeError, ROLE_NAMES } = await import(
    "@keybrake/core"
  );
  const unknown = flags.role.find((name) => !ROLE_NAMES.some((role) => role === name));
  if (unknown !== undefined) throw usageError(`--role: "${unknown}" is not one of ${ROLE_NAMES.join(", ")}`);
  const roles = ROLE_NAMES.filter((role) => flags.role.includes(role));
  const keyed = roles.map((role) => ({ role, vaultKey: vaultKeyOf(role, io.env) }));
  const proxyUrl = readSetting(SETTINGS.proxyUrl, flags.proxyUrl, io.env);
  const runId = flags.runId ?? (io.env.KEYBRAKE_RUN_ID || undefined);
  // Both stand in every row and at Stripe, and the run's name in the tools' results.
  if (runId !== undefined && holdsSecret(runId)) throw usageError("the run's name holds a key");
  if (flags.agent !== undefined && holdsSecret(flags.agent)) throw usageError("--agent holds a key");
  try {
    const run = createRun({ runId, agent: flags.agent });
    const toolsets = keyed.map(({ role, vaultKey }) => createToolset(role, { vaultKey, run, proxyUrl }));
    return { toolsets, summary: `${roles.join(", ")} tools for run ${run.runId}, through ${proxyUrl}` };
  } catch (error) {
    throw isKeybrakeError(error) ? usageError(error.message) : error;
  }
}

async function mcp(flags: Flags, io: Io): Promise<void> {
  const { toolsets, summary } = await toolsetsOf(flags, io);
  const stop = io.stopSignal();
  const { redactSecrets } = await import("@keybrake/core");
  const { serveStdio } = await import("@keybrake/mcp");
  const say = (text: string) => void io.stderr.write(`keybrake mcp: ${printable(redactSecrets(text))}\n`);
  // stdout belongs to the protocol from here on.
  const server = await serveStdio(toolsets, say);
  say(summary);
  await Promise.race([server.closed, untilStopped(stop)]);
  await server.close();
}

export function addMcp(program: Command, io: Io): void {
  const command = program
    .command("mcp")
    .description("serve the tools of a role as an MCP server on stdin and stdout")
    .requiredOption("--role <role>", "billing, refund or audit: the tools to serve (repeatable)", collect)
    .option(
      "--run-id <id>",
      "the run's name (KEYBRAKE_RUN_ID, default made up); the same name is the same run",
    )
    .option("--agent <name>", "who calls, for the audit log");
  withProxyOptions(command)
    .action((flags: Flags) => mcp(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "The vault key comes from the environment: KEYBRAKE_<ROLE>_VAULT_KEY (such as",
        "KEYBRAKE_REFUND_VAULT_KEY), or else KEYBRAKE_VAULT_KEY.",
        "",
        "stdout carries the protocol and nothing else; notes are on stderr. Ends when",
        "stdin does, or by SIGTERM, once the calls that run are answered; a second",
        "signal ends it at once. A running proxy serves the same over HTTP at /mcp, with",
        "the vault key as bearer token.",
        examples(
          "KEYBRAKE_VAULT_KEY=vk_… keybrake mcp --role billing",
          "keybrake mcp --role billing --role audit --run-id june-billing",
        ),
      ].join("\n"),
    );
}
