import type { ReconciledCall } from "@keybrake/core";
import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { formatUsd } from "../format/money.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Flags extends ProxyFlags {
  readonly dryRun?: boolean;
}

/** `call_… charges.create $60.00: unknown → voided, the vendor shows nothing of it`. */
function lineOf({ call_id: id, operation, usd, state, outcome, reason }: ReconciledCall): string {
  const why = reason === null ? "" : `, ${printable(reason)}`;
  const hint = outcome === "unsettled" ? ` (keybrake calls settle ${id})` : "";
  return `${id} ${printable(operation ?? "")} ${formatUsd(usd)}: ${state} → ${outcome}${why}${hint}\n`;
}

async function reconcile(flags: Flags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const found = await admin.reconcile({ dry_run: flags.dryRun === true });
    if (flags.json) return io.stdout.write(`${JSON.stringify(found)}\n`);
    for (const call of found.data) await io.stdout.write(lineOf(call));
    if (found.data.length === 0) await io.stderr.write("Nothing is unknown or awaiting.\n");
    else if (flags.dryRun === true) await io.stderr.write("Nothing was settled: this was a dry run.\n");
  });
}

export function addReconcile(program: Command, io: Io): void {
  const command = program
    .command("reconcile")
    .description("look up what became of unknown and awaiting calls, and settle what is found out")
    .option("--dry-run", "say what would be settled, and settle nothing");
  withJson(withProxyOptions(command))
    .action((flags: Flags) => reconcile(flags, io))
    .addHelpText(
      "after",
      [
        examples("keybrake reconcile", "keybrake reconcile --dry-run"),
        "",
        "The proxy does the same every minute. It reads at the vendor, and never sends a call again.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
