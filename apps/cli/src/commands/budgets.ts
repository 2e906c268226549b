import type { AdminClient, BudgetInfo, CreateBudgetInput, UpdateBudgetInput } from "@keybrake/core";
import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import { usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount, parseUsd } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface CapFlags extends ProxyFlags {
  readonly dailyUsdCap?: number;
  readonly usdCap?: number;
}

interface CreateFlags extends CapFlags {
  readonly window?: string;
  readonly parent?: string;
}

interface ListFlags extends ProxyFlags {
  readonly limit: number;
}

async function list(flags: ListFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderBudgets } = await import("../format/budgets.ts");
    await writeList(io, {
      pages: pagesOf(admin.budgets.list, flags.limit),
      json: flags.json === true,
      render: (budgets) => renderBudgets(budgets, io.stdout.columns, io.stdout.style),
      empty: "No shared budgets. Make one with `keybrake budgets create`.",
    });
  });
}

/** Runs one request that answers a budget, and shows it. */
async function change(
  flags: ProxyFlags,
  io: Io,
  request: (admin: AdminClient) => Promise<BudgetInfo>,
): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const budget = await request(admin);
    if (flags.json) return io.stdout.write(`${JSON.stringify(budget)}\n`);
    const { renderBudgets } = await import("../format/budgets.ts");
    await io.stdout.write(renderBudgets([budget], io.stdout.columns, io.stdout.style));
  });
}

/** Each of the two caps excludes the other. */
function withCaps(command: Command, usdCap: string): Command {
  const daily = new Option("--daily-usd-cap <usd>", "most US dollars in any 24 h");
  const other = new Option("--usd-cap <usd>", usdCap);
  return command
    .addOption(daily.argParser(parseUsd).conflicts(["usdCap", "window"]))
    .addOption(other.argParser(parseUsd));
}

function newBudget(name: string, { dailyUsdCap, usdCap, window, parent }: CreateFlags): CreateBudgetInput {
  if (dailyUsdCap !== undefined) return { name, parent, daily_usd_cap: dailyUsdCap };
  if (usdCap !== undefined && window !== undefined) return { name, parent, usd_cap: usdCap, window };
  throw usageError("give --daily-usd-cap, or --usd-cap with --window");
}

function addCreate(budgets: Command, io: Io): void {
  const command = budgets
    .command("create")
    .description("make a budget; keys join it with --budget")
    .argument("<name>", "the budget's name");
  withCaps(command, "most US dollars in the --window")
    .option("--window <duration>", "how long what was spent counts: 90m, 24h, 30d; or lifetime")
    .option("--parent <name>", "a budget that is charged with all that this one is");
  withJson(withProxyOptions(command))
    .action(async (name: string, flags: CreateFlags) => {
      const budget = newBudget(name, flags);
      await change(flags, io, (admin) => admin.budgets.create(budget));
    })
    .addHelpText(
      "after",
      [
        examples(
          "keybrake budgets create team-billing --daily-usd-cap 2000",
          "keybrake budgets create launch --usd-cap 50000 --window lifetime",
          "keybrake budgets create launch-ads --usd-cap 3000 --window 30d --parent launch",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}

function newCap({ dailyUsdCap, usdCap }: CapFlags): UpdateBudgetInput {
  if (dailyUsdCap !== undefined) return { daily_usd_cap: dailyUsdCap };
  if (usdCap !== undefined) return { usd_cap: usdCap };
  throw usageError("give --usd-cap, or --daily-usd-cap for a budget of 24 hours");
}

function addSet(budgets: Command, io: Io): void {
  const command = budgets
    .command("set")
    .description("change a budget's cap; the next call obeys it")
    .argument("<name>", "the budget's name");
  withJson(withProxyOptions(withCaps(command, "most US dollars in the budget's window")))
    .action(async (name: string, flags: CapFlags) => {
      const cap = newCap(flags);
      await change(flags, io, (admin) => admin.budgets.update(name, cap));
    })
    .addHelpText(
      "after",
      [
        examples(
          "keybrake budgets set team-billing --daily-usd-cap 2500",
          "keybrake budgets set launch --usd-cap 60000",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}

export function addBudgets(program: Command, io: Io): void {
  const budgets = program.command("budgets").description("budgets that several vault keys share");
  const listing = budgets
    .command("list")
    .description("shared budgets and what is left of each")
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(listing))
    .action((flags: ListFlags) => list(flags, io))
    .addHelpText("after", [examples("keybrake budgets list"), "", ADMIN_KEY_HELP].join("\n"));
  addCreate(budgets, io);
  addSet(budgets, io);
}
