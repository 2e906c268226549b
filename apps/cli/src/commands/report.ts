import { type Command, InvalidArgumentError, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import { CallTotals, type Grouping } from "../admin/sum-calls.ts";
import type { Io } from "../io.ts";
import { parseInstant } from "../parse-options.ts";
import { startProgress } from "../progress.ts";
import {
  ADMIN_KEY_HELP,
  collectLabel,
  examples,
  type LabelFlags,
  type ProxyFlags,
  recordOf,
  withJson,
  withProxyOptions,
} from "./options.ts";

interface Flags extends ProxyFlags {
  readonly by: Grouping;
  readonly month?: Period;
  readonly from?: string;
  readonly to?: string;
  readonly label?: LabelFlags;
  readonly csv?: boolean;
}

interface Period {
  readonly from: string;
  readonly to: string;
}

const KINDS = ["agent", "key", "run", "customer", "operation"] as const;

function parseGrouping(text: string): Grouping {
  const kind = KINDS.find((each) => each === text);
  if (kind !== undefined) return { kind };
  const label = /^label\.(.+)$/.exec(text)?.[1];
  if (label !== undefined) return { kind: "label", label };
  throw new InvalidArgumentError(`Give ${KINDS.join(", ")}, or label.<name> such as label.team.`);
}

/** `2026-06` → from its first moment to that of the next month, UTC. */
export function parseMonth(text: string): Period {
  const [, year = "", month = ""] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  if (year === "") throw new InvalidArgumentError("Give a month such as 2026-06.");
  const start = (months: number) =>
    new Date(Date.UTC(Number(year), Number(month) - 1 + months)).toISOString();
  return { from: start(0), to: start(1) };
}

/** The month that was asked for, the times that were, or this month until now. */
function periodOf({ month, from, to }: Flags, now: number): Period {
  if (month !== undefined) return month;
  const thisMonth = parseMonth(new Date(now).toISOString().slice(0, 7));
  return { from: from ?? thisMonth.from, to: to ?? new Date(now).toISOString() };
}

function shownAs(by: Grouping): string {
  return by.kind === "label" ? `label.${by.label}` : by.kind;
}

async function report(flags: Flags, io: Io): Promise<void> {
  const { by, csv, json, label } = flags;
  const period = periodOf(flags, io.clock());
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderReport, reportCsv, reportJson } = await import("../format/report.ts");
    const progress = startProgress(io);
    const totals = new CallTotals(by);
    const filter = { ...period, labels: recordOf(label) };
    let read = 0;
    for await (const { data } of pagesOf((page) => admin.audit.list({ ...filter, ...page }), 0)) {
      for (const row of data) totals.add(row);
      read += data.length;
      await progress.say(`${read} rows`);
    }
    await progress.clear();
    const found = { by: shownAs(by), ...period, groups: totals.groups, total: totals.total };
    const text = json
      ? reportJson(found)
      : csv
        ? reportCsv(found)
        : renderReport(found, io.stdout.columns, io.stdout.style);
    await io.stdout.write(text);
  });
}

export function addReport(program: Command, io: Io): void {
  const instant = (text: string) => parseInstant(text, io.clock());
  const command = program
    .command("report")
    .description("what moved, by agent, key, run, customer, operation or label")
    .addOption(
      new Option("--by <what>", "agent, key, run, customer, operation, or label.<name>")
        .argParser(parseGrouping)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--month <month>", "such as 2026-06, UTC (default: this month until now)")
        .argParser(parseMonth)
        .conflicts(["from", "to"]),
    )
    .option("--from <time>", "from this time on: ISO 8601, or how long ago (15m, 24h, 7d)", instant)
    .option("--to <time>", "before this time", instant)
    .option("--label <name=value>", "only keys with this label (repeatable: with all)", collectLabel)
    .addOption(new Option("--csv", "print CSV with a header line").conflicts("json"));
  withJson(withProxyOptions(command))
    .action((flags: Flags) => report(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "moved: US dollars of calls that were posted, by the time at which they came.",
        "held: reserved, and not known to have moved. Refused and replayed calls move",
        "nothing; simulated ones are left out. A call has a customer when its request",
        "names one, or when what it is about was looked up to price or to allow it.",
        examples(
          "keybrake report --by agent --month 2026-06",
          "keybrake report --by label.team --from 7d",
          "keybrake report --by key --month 2026-06 --csv > june.csv",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
