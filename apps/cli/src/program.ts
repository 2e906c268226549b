import { Command } from "commander";
import { addAdminKeys } from "./commands/admin-keys.ts";
import { addAlerts } from "./commands/alerts.ts";
import { addApprovals } from "./commands/approvals.ts";
import { addAudit } from "./commands/audit.ts";
import { addBackup } from "./commands/backup.ts";
import { addBudgets } from "./commands/budgets.ts";
import { addCalls } from "./commands/calls.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCrashTest } from "./commands/crash-test.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEmulator } from "./commands/emulator.ts";
import { addInit } from "./commands/init.ts";
import { addKeys } from "./commands/keys.ts";
import { addMcp } from "./commands/mcp.ts";
import { examples } from "./commands/options.ts";
import { addReceipt } from "./commands/receipt.ts";
import { addReconcile } from "./commands/reconcile.ts";
import { addReport } from "./commands/report.ts";
import { addRoles } from "./commands/roles.ts";
import { addServe } from "./commands/serve.ts";
import { addStop } from "./commands/stop.ts";
import { addTop } from "./commands/top.ts";
import { addVerify } from "./commands/verify.ts";
import { EXIT_CODES_HELP } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** The whole command line. What a command needs beyond this package is loaded when it runs. */
export function createProgram(io: Io, version: string): Command {
  const program = new Command("keybrake")
    .description("Vault keys, caps and an audit log between AI agents and Stripe.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // `report.ts` prints errors, in one form for all.
      outputError: () => {},
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    })
    .addHelpText(
      "after",
      [
        examples(
          "keybrake dev",
          "keybrake serve",
          "keybrake keys create --name june --role billing --daily-usd-cap 500",
          "keybrake audit --follow",
        ),
        "",
        EXIT_CODES_HELP,
      ].join("\n"),
    );
  const commands = [
    addInit,
    addServe,
    addDev,
    addCrashTest,
    addEmulator,
    addKeys,
    addStop,
    addAdminKeys,
    addBudgets,
    addApprovals,
    addAudit,
    addReport,
    addTop,
    addReceipt,
    addAlerts,
    addCalls,
    addReconcile,
    addBackup,
    addVerify,
    addDoctor,
  ];
  for (const add of [...commands, addRoles, addMcp, addCompletion]) add(program, io);
  return program;
}
