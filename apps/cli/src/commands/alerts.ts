import type { AlertType } from "@keybrake/core";
import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import { failure } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount } from "../parse-options.ts";
import { ADMIN_KEY_HELP, collect, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface AddFlags extends ProxyFlags {
  readonly kind?: "webhook" | "slack";
  readonly name?: string;
  readonly type?: readonly AlertType[];
}

interface DeliveriesFlags extends ProxyFlags {
  readonly limit: number;
  readonly target?: string;
}

async function list(flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderAlertTargets } = await import("../format/alerts.ts");
    await writeList(io, {
      pages: pagesOf(admin.alerts.list, 0),
      json: flags.json === true,
      render: (targets) => renderAlertTargets(targets, io.stdout.columns, io.stdout.style),
      empty: "Nobody is told of anything. Add a webhook with `keybrake alerts add`.",
    });
  });
}

async function add(flags: AddFlags, io: Io): Promise<void> {
  // Not a flag, since flags show in `ps`: a Slack address is a secret.
  const url = io.env.KEYBRAKE_ALERT_URL;
  if (url === undefined || url === "")
    throw failure("url_missing", "KEYBRAKE_ALERT_URL is not set: the address that is to be told.");
  await withAdmin(flags, io, async ({ admin }) => {
    const { kind, name, type: types } = flags;
    const target = await admin.alerts.create({ url, kind, name, types });
    if (flags.json) return io.stdout.write(`${JSON.stringify(target)}\n`);
    await io.stdout.write(`${target.id}\n`);
    if (target.secret !== null) await io.stdout.write(`${target.secret}\n`);
    await io.stderr.write(
      `Try it with \`keybrake alerts test ${target.id}\`.${target.secret === null ? "" : " The secret is shown this once."}\n`,
    );
  });
}

async function remove(id: string, flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const target = await admin.alerts.remove(id);
    await io.stdout.write(flags.json ? `${JSON.stringify(target)}\n` : `${target.id} removed\n`);
  });
}

async function test(id: string, flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const delivery = await admin.alerts.test(id);
    if (flags.json) await io.stdout.write(`${JSON.stringify(delivery)}\n`);
    else if (delivery.state === "delivered") await io.stdout.write(`delivered: HTTP ${delivery.status}\n`);
    if (delivery.state === "delivered") return;
    const why = delivery.error ?? "others were waiting before it, and one of them failed";
    throw failure(
      "not_delivered",
      `The test was not delivered (${why}). \`keybrake alerts deliveries\` says more.`,
    );
  });
}

async function deliveries({ target, limit, ...flags }: DeliveriesFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderDeliveries } = await import("../format/alerts.ts");
    await writeList(io, {
      pages: pagesOf((page) => admin.alerts.deliveries({ ...page, target_id: target }), limit),
      json: flags.json === true,
      render: (rows) => renderDeliveries(rows, io.stdout.columns, io.stdout.style),
      empty: "Nobody was told of anything yet.",
    });
  });
}

function addAdd(alerts: Command, io: Io): void {
  const command = alerts
    .command("add")
    .description("tell the address in KEYBRAKE_ALERT_URL of what happens")
    .addOption(
      new Option("--kind <kind>", "what takes it: a signed webhook, or Slack's incoming webhook").choices([
        "webhook",
        "slack",
      ]),
    )
    .option("--name <name>", "what it is called; its host unless told")
    .option("--type <type>", "of this alone; may be given several times (default: everything)", collect);
  withJson(withProxyOptions(command))
    .action((flags: AddFlags) => add(flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "KEYBRAKE_ALERT_URL=https://hooks.example.com/keybrake keybrake alerts add",
          "keybrake alerts add --kind slack --type budget.threshold --type call.unknown",
        ),
        "",
        "The address comes from the environment alone, since flags show in `ps` and some",
        "addresses are secrets.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}

export function addAlerts(program: Command, io: Io): void {
  const alerts = program.command("alerts").description("who is told of what happens, by webhook or in Slack");
  withJson(withProxyOptions(alerts.command("list").description("who is told")))
    .action((flags: ProxyFlags) => list(flags, io))
    .addHelpText("after", [examples("keybrake alerts list"), "", ADMIN_KEY_HELP].join("\n"));
  addAdd(alerts, io);
  const removing = alerts
    .command("remove")
    .description("tell somebody no more; the deliveries go, too")
    .argument("<id>", "the target's id");
  withJson(withProxyOptions(removing))
    .action((id: string, flags: ProxyFlags) => remove(id, flags, io))
    .addHelpText("after", [examples("keybrake alerts remove target_…"), "", ADMIN_KEY_HELP].join("\n"));
  const testing = alerts
    .command("test")
    .description("send somebody a test, and say what became of it")
    .argument("<id>", "the target's id");
  withJson(withProxyOptions(testing))
    .action((id: string, flags: ProxyFlags) => test(id, flags, io))
    .addHelpText("after", [examples("keybrake alerts test target_…"), "", ADMIN_KEY_HELP].join("\n"));
  const log = alerts
    .command("deliveries")
    .description("what was told, and what is still to be, newest first")
    .option("--target <id>", "of this target alone")
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(log))
    .action((flags: DeliveriesFlags) => deliveries(flags, io))
    .addHelpText("after", [examples("keybrake alerts deliveries"), "", ADMIN_KEY_HELP].join("\n"));
}
