import type { AuditFilter, AuditRow, CallDecision, CallState } from "@keybrake/core";
import { type Command, Option } from "commander";
import { type AdminConnection, adminGet, withAdmin } from "../admin/connection.ts";
import { PAGE_MAX, pagesOf } from "../admin/pages.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount, parseInstant, parseVaultKeyId } from "../parse-options.ts";
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
import { MORE, writeList } from "./write-list.ts";

const STATES: readonly CallState[] = ["held", "unknown", "awaiting", "posted", "voided", "none"];

interface Flags extends ProxyFlags {
  readonly run?: string;
  readonly conversation?: string;
  readonly turn?: string;
  readonly key?: string;
  readonly agent?: string;
  readonly customer?: string;
  readonly operation?: string;
  readonly idempotencyKey?: string;
  readonly object?: string;
  readonly decision?: CallDecision;
  readonly code?: string;
  readonly state?: CallState;
  readonly label?: LabelFlags;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly csv?: boolean;
}

const DECISIONS: readonly CallDecision[] = ["allowed", "denied", "replayed"];

function filterOf(flags: Flags): AuditFilter {
  const { turn, agent, customer, operation, decision, code, state, from, to } = flags;
  return {
    ...{ turn, agent, customer, operation, decision, code, state, from, to },
    run_id: flags.run,
    conversation_id: flags.conversation,
    vault_key_id: flags.key,
    idempotency_key: flags.idempotencyKey,
    object_id: flags.object,
    labels: recordOf(flags.label),
  };
}

async function show(connection: AdminConnection, filter: AuditFilter, flags: Flags, io: Io): Promise<void> {
  const { createAuditTable } = await import("../format/audit-table.ts");
  await writeList(io, {
    pages: pagesOf(
      (page) => connection.admin.audit.list({ ...filter, ...page }),
      flags.all ? 0 : flags.limit,
    ),
    json: flags.json === true,
    render: createAuditTable(io.stdout.columns, io.stdout.style),
    empty: "No calls match.",
  });
}

/** A run is a story when nothing but the run is asked for. */
function isStory(flags: Flags): boolean {
  const { run, proxyUrl: _proxyUrl, limit, ...others } = flags;
  return run !== undefined && limit === LIST_LIMIT && Object.keys(others).length === 0;
}

async function tell(connection: AdminConnection, filter: AuditFilter, _flags: Flags, io: Io): Promise<void> {
  const { renderStory } = await import("../format/story.ts");
  const rows: AuditRow[] = [];
  for await (const row of connection.admin.audit.iterate({ ...filter, limit: PAGE_MAX })) rows.push(row);
  if (rows.length === 0) await io.stderr.write("No calls match.\n");
  await io.stdout.write(renderStory(rows.reverse(), io.stdout.style));
}

/** The proxy writes the CSV, so that there is one set of rules for quoting; every page has a header line. */
async function showCsv(
  connection: AdminConnection,
  filter: AuditFilter,
  flags: Flags,
  io: Io,
): Promise<void> {
  const { auditQuery } = await import("@keybrake/core");
  let left = flags.all || flags.limit === 0 ? Number.POSITIVE_INFINITY : flags.limit;
  let cursor: string | undefined;
  do {
    const limit = Math.min(left, PAGE_MAX);
    const query = { ...auditQuery(filter), limit, cursor, format: "csv" };
    const response = await adminGet(connection, io, { path: "/admin/audit", query });
    const text = await response.text();
    await io.stdout.write(cursor === undefined ? text : text.slice(text.indexOf("\r\n") + 2));
    cursor = response.headers.get("x-next-cursor") ?? undefined;
    left -= limit;
  } while (cursor !== undefined && left > 0);
  if (cursor !== undefined) await io.stderr.write(MORE);
}

async function follow(connection: AdminConnection, filter: AuditFilter, flags: Flags, io: Io): Promise<void> {
  const { followAudit } = await import("../admin/follow-audit.ts");
  const { createAuditTable } = await import("../format/audit-table.ts");
  const table = createAuditTable(io.stdout.columns, io.stdout.style);
  const text = (row: AuditRow) => (flags.json ? `${JSON.stringify(row)}\n` : table([row]));
  await followAudit({
    connection,
    io,
    filter,
    signal: io.stopSignal(),
    show: (row) => io.stdout.write(text(row)),
    note: (note) => io.stderr.write(`${note}\n`),
  });
}

export function addAudit(program: Command, io: Io): void {
  const instant = (text: string) => parseInstant(text, io.clock());
  const command = program
    .command("audit")
    .description("every call, the refused ones too, newest first")
    .option("--run <id>", "only this run; alone, it prints the run's story")
    .option("--conversation <id>", "only this conversation")
    .option("--turn <turn>", "only this turn of conversations")
    .option("--key <id>", "only this vault key (its id, key_…)", parseVaultKeyId)
    .option("--agent <name>", "only this agent")
    .option("--customer <id>", "only this customer of the vendor's")
    .option("--operation <name>", "only this operation, such as charges.create")
    .option("--idempotency-key <key>", "only calls that came with this Idempotency-Key")
    .option("--object <id>", "only calls that made or changed this object (ch_…)")
    .addOption(new Option("--decision <decision>", "only these").choices(DECISIONS))
    .option("--code <code>", "only this code, such as spend_cap_exceeded")
    .addOption(new Option("--state <state>", "only calls whose money is in this state").choices(STATES))
    .option("--label <name=value>", "only keys with this label (repeatable: with all)", collectLabel)
    .option("--from <time>", "from this time on: ISO 8601, or how long ago (15m, 24h, 7d)", instant)
    .option("--to <time>", "before this time", instant)
    .addOption(new Option("--limit <number>", "most rows; 0 = all").argParser(parseCount).default(LIST_LIMIT))
    .option("--all", "every row, however many")
    .addOption(
      new Option("--follow", "show calls as they are answered, until Ctrl-C").conflicts(["csv", "all", "to"]),
    )
    .addOption(new Option("--csv", "print CSV with a header line").conflicts("json"));
  withJson(withProxyOptions(command), 'print {"data": […]}; with --follow one JSON object a line')
    .action((flags: Flags) =>
      withAdmin(flags, io, (connection) => {
        const output = flags.follow ? follow : flags.csv ? showCsv : isStory(flags) ? tell : show;
        return output(connection, filterOf(flags), flags, io);
      }),
    )
    .addHelpText(
      "after",
      [
        examples(
          "keybrake audit",
          "keybrake audit --decision denied --from 24h",
          "keybrake audit --state unknown",
          "keybrake audit --run run_42",
          "keybrake audit --run run_42 --json",
          "keybrake audit --state unknown --label team=payments",
          "keybrake audit --all --csv > audit.csv",
          "keybrake audit --follow --agent billing",
        ),
        "",
        "The table shows UTC. JSON and CSV have every field of a row.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
