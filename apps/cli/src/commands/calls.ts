import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { formatUsd } from "../format/money.ts";
import type { Io } from "../io.ts";
import { parseUsd } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Flags extends ProxyFlags {
  readonly outcome: "posted" | "voided";
  readonly reason: string;
  readonly usd?: number;
}

async function settle(id: string, flags: Flags, io: Io): Promise<void> {
  const { outcome, reason, usd } = flags;
  await withAdmin(flags, io, async ({ admin }) => {
    const row = await admin.calls.settle(id, { outcome, reason, usd });
    const text = flags.json
      ? JSON.stringify(row)
      : `Settled ${row.call_id}: ${row.state}${row.state === "posted" ? ` ${formatUsd(row.usd_cents / 100)}` : ""}.`;
    await io.stdout.write(`${text}\n`);
  });
}

export function addCalls(program: Command, io: Io): void {
  const calls = program.command("calls").description("settle what look-ups cannot");
  const command = calls
    .command("settle")
    .description("settle an unknown or awaiting call by hand; it cannot be undone")
    .argument("<id>", "the call's id (call_…), as `keybrake audit --state unknown --json` shows it")
    .addOption(
      new Option("--outcome <outcome>", "whether its money moved")
        .choices(["posted", "voided"])
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "how you know; stays in the row")
    .option("--usd <amount>", "US dollars that moved; what was reserved unless told", parseUsd);
  withJson(withProxyOptions(command))
    .action((id: string, flags: Flags) => settle(id, flags, io))
    .addHelpText(
      "after",
      [
        examples(
          'keybrake calls settle call_019aa0… --outcome voided --reason "not in the dashboard"',
          'keybrake calls settle call_019aa0… --outcome posted --usd 60 --reason "ch_123"',
        ),
        "",
        "Look in the vendor's own dashboard first: what is voided frees its money, and may be sent again.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
