import type { StopInfo, StopInput } from "@keybrake/core";
import type { Command } from "commander";
import { type AdminConnection, withAdmin } from "../admin/connection.ts";
import { usageError } from "../cli-error.ts";
import { renderStops, whatStops } from "../format/stops.ts";
import type { Io } from "../io.ts";
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

interface StopFlags extends ProxyFlags {
  readonly role?: string;
  readonly agent?: string;
  readonly label?: LabelFlags;
  readonly reason?: string;
  readonly yes?: boolean;
}

async function stopOf({ role: named, agent, label, reason, yes }: StopFlags): Promise<StopInput> {
  const { ROLE_NAMES } = await import("@keybrake/core");
  const role = ROLE_NAMES.find((name) => name === named);
  if (named !== undefined && role === undefined)
    throw usageError(`--role: "${named}" is not one of ${ROLE_NAMES.join(", ")}`);
  if (role === undefined && agent === undefined && label === undefined && yes !== true)
    throw usageError("this refuses every call of every key until it is resumed: say so with --yes");
  return { role, agent, labels: recordOf(label), reason };
}

async function stop(flags: StopFlags, io: Io): Promise<void> {
  const asked = await stopOf(flags);
  await withAdmin(flags, io, async ({ admin }) => {
    const made = await admin.stops.create(asked);
    if (flags.json) return io.stdout.write(`${JSON.stringify(made)}\n`);
    const keys = made.keys === 1 ? "1 usable key" : `${made.keys} usable keys`;
    await io.stdout.write(
      `Stopped ${whatStops(made)}: every such call from now on is refused (${keys}).\n` +
        `Calls that the vendor has already are not called back. Let go on with: keybrake resume ${made.id}\n`,
    );
  });
}

async function list(flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { data } = await admin.stops.list();
    if (flags.json) return io.stdout.write(`${JSON.stringify({ data })}\n`);
    if (data.length === 0) return io.stderr.write("Nothing is stopped.\n");
    await io.stdout.write(renderStops(data, io.stdout.columns, io.stdout.style));
  });
}

async function resume(id: string | undefined, flags: ProxyFlags & { all?: boolean }, io: Io): Promise<void> {
  if ((id === undefined) === (flags.all !== true))
    throw usageError("give the id of a stop (see `keybrake stops`), or --all");
  await withAdmin(flags, io, async (connection) => {
    const lifted = id === undefined ? await liftAll(connection) : [await connection.admin.stops.lift(id)];
    if (flags.json) return io.stdout.write(`${JSON.stringify({ data: lifted })}\n`);
    const lines = lifted.map((stop) => `Resumed ${whatStops(stop)} (${stop.id}).\n`);
    await io.stdout.write(lines.length === 0 ? "Nothing was stopped.\n" : lines.join(""));
  });
}

async function liftAll({ admin }: AdminConnection): Promise<StopInfo[]> {
  const lifted: StopInfo[] = [];
  for (const { id } of (await admin.stops.list()).data) lifted.push(await admin.stops.lift(id));
  return lifted;
}

export function addStop(program: Command, io: Io): void {
  const stopping = program
    .command("stop")
    .description("refuse calls at once, of all keys or of some, until `keybrake resume`")
    .option("--role <role>", "only keys of this role (billing, refund, audit)")
    .option("--agent <name>", "only calls of this agent, and keys that it has used")
    .option("--label <name=value>", "only keys with this label (repeatable)", collectLabel)
    .option("--reason <text>", "why, for the list of stops")
    .option("--yes", "needed to stop everything");
  withJson(withProxyOptions(stopping))
    .action((flags: StopFlags) => stop(flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "keybrake stop --yes",
          "keybrake stop --role refund --reason 'odd refunds'",
          "keybrake stop --label team=payments",
        ),
        "",
        "Keys that are issued later are stopped, too. Held money stays held.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
  const listing = program.command("stops").description("the stops that stand");
  withJson(withProxyOptions(listing))
    .action((flags: ProxyFlags) => list(flags, io))
    .addHelpText("after", [examples("keybrake stops"), "", ADMIN_KEY_HELP].join("\n"));
  const resuming = program
    .command("resume")
    .description("lift a stop; what another stop or a pause speaks against stays refused")
    .argument("[id]", "the stop's id (stop_…)")
    .option("--all", "lift every stop");
  withJson(withProxyOptions(resuming))
    .action((id: string | undefined, flags: ProxyFlags & { all?: boolean }) => resume(id, flags, io))
    .addHelpText(
      "after",
      [examples("keybrake resume stop_019aa0…", "keybrake resume --all"), "", ADMIN_KEY_HELP].join("\n"),
    );
}
