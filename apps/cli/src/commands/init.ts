import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { usageError } from "../cli-error.ts";
import { CONFIG_FILE } from "../config/open-config.ts";
import { type Answers, DEFAULT_ANSWERS } from "../init/answers.ts";
import { configText, roleNameOf } from "../init/config-text.ts";
import type { Io } from "../io.ts";
import { examples } from "./options.ts";

interface Flags {
  readonly config: string;
  readonly yes?: boolean;
}

async function answersOf({ yes }: Flags, { terminal }: Io): Promise<Answers> {
  if (yes) return DEFAULT_ANSWERS;
  if (terminal === null) throw usageError("nobody is there to be asked: give --yes to take the defaults");
  const { askAnswers } = await import("../init/ask.ts");
  return askAnswers(terminal, DEFAULT_ANSWERS);
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    const isThere = error.code === "EEXIST";
    throw usageError(
      isThere
        ? `${file} is there already, and is never overwritten. Give another with --config.`
        : `${file}: ${error.code ?? "cannot be written"}`,
    );
  });
}

/** What is to be done next, in order. */
async function nextSteps(file: string, { roles, alerts }: Answers): Promise<string> {
  const { restrictedKeyPermissions, roleOperations } = await import("@keybrake/core");
  const permissions = restrictedKeyPermissions([...new Set(roles.flatMap(roleOperations))]);
  const [first = "audit"] = roles;
  const told = alerts === "slack" ? "KEYBRAKE_SLACK_URL" : "KEYBRAKE_ALERT_URL and KEYBRAKE_ALERT_SECRET";
  return [
    `${file} is written.`,
    "",
    "1. Make a restricted key at Stripe (Developers, API keys) with these permissions",
    "   and no others:",
    ...permissions.map(({ resource, permission }) => `     ${resource}: ${permission}`),
    "2. Start the proxy with it; it is needed this once:",
    "     export KEYBRAKE_ADMIN_KEY=$(openssl rand -hex 32)",
    ...(alerts === "none" ? [] : [`     (and set ${told}, which the file names)`]),
    `     STRIPE_SECRET_KEY=rk_test_… keybrake serve${file === CONFIG_FILE ? "" : ` --config ${file}`}`,
    "3. Make the first key:",
    `     keybrake keys create --name first --role ${roleNameOf(first)}`,
    "",
  ].join("\n");
}

async function init(flags: Flags, io: Io): Promise<void> {
  const answers = await answersOf(flags, io);
  await writeNew(flags.config, configText(answers));
  await io.stdout.write(await nextSteps(flags.config, answers));
}

export function addInit(program: Command, io: Io): void {
  program
    .command("init")
    .description("ask a few questions and write keybrake.yaml; nothing is overwritten")
    .option("--config <file>", "the file to write", CONFIG_FILE)
    .option("--yes", "ask nothing and take the defaults")
    .action((flags: Flags) => init(flags, io))
    .addHelpText(
      "after",
      examples("keybrake init", "keybrake init --yes", "keybrake init --config staging.yaml"),
    );
}
