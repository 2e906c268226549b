import type { BudgetInfo } from "@keybrake/core";
import type { Command } from "commander";
import { type AdminConnection, withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount, parseUsd } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface CapFlags extends ProxyFlags {
  readonly dailyUsdCap: number;
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
  request: (admin: AdminConnection["admin"]) => Promise<BudgetInfo>,
): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const budget = await request(admin);
    if (flags.json) return io.stdout.write(`${JSON.stringify(budget)}\n`);
    const { renderBudgets } = await import("../format/budgets.ts");
    await io.stdout.write(renderBudgets([budget], io.stdout.columns, io.stdout.style));
  });
}

function addChange(
  budgets: Command,
  io: Io,
  about: { readonly verb: "create" | "set"; readonly description: string },
): void {
  const command = budgets
    .command(about.verb)
    .description(about.description)
    .argument("<name>", "the budget's name")
    .requiredOption("--daily-usd-cap <usd>", "most US dollars in any 24 h", parseUsd);
  withJson(withProxyOptions(command))
    .action((name: string, { dailyUsdCap: daily_usd_cap, ...flags }: CapFlags) =>
      change(flags, io, ({ budgets }) =>
        about.verb === "create"
          ? budgets.create({ name, daily_usd_cap })
          : budgets.update(name, { daily_usd_cap }),
      ),
    )
    .addHelpText(
      "after",
      [examples(`keybrake budgets ${about.verb} team-billing --daily-usd-cap 2000`), "", ADMIN_KEY_HELP].join(
        "\n",
      ),
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
  addChange(budgets, io, { verb: "create", description: "make a budget; keys join it with --budget" });
  addChange(budgets, io, { verb: "set", description: "change a budget's cap; the next call obeys it" });
}
