import { readFile } from "node:fs/promises";
import type { AdminActionInfo, AdminKeyInfo, AdminScope, CreateAdminKeyInput } from "@keybrake/core";
import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import { usageError } from "../cli-error.ts";
import { printable } from "../format/printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "../format/table.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount, parseDuration, parseInstant } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface CreateFlags extends ProxyFlags {
  readonly name: string;
  readonly scope: AdminScope;
  readonly ceiling?: string;
  readonly keysPerHour?: number;
  readonly expiresIn?: number;
}

interface ActionFlags extends ProxyFlags {
  readonly by?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: string;
  readonly limit: number;
}

const SCOPES: readonly AdminScope[] = ["admin", "operator", "issuer", "auditor"];

async function ceilingIn(file: string): Promise<CreateAdminKeyInput["ceiling"]> {
  try {
    return { vendor: "stripe", ...JSON.parse(await readFile(file, "utf8")) };
  } catch (cause) {
    throw usageError(
      `--ceiling: ${file} is no JSON file (${cause instanceof Error ? cause.name : "unknown"})`,
    );
  }
}

async function create(flags: CreateFlags, io: Io): Promise<void> {
  const { name, scope, keysPerHour, expiresIn } = flags;
  const ceiling = flags.ceiling === undefined ? undefined : await ceilingIn(flags.ceiling);
  await withAdmin(flags, io, async ({ admin }) => {
    const asked = { name, scope, ceiling, keys_per_hour: keysPerHour, expires_in_seconds: expiresIn };
    const issued = await admin.adminKeys.create(asked);
    if (flags.json) return io.stdout.write(`${JSON.stringify(issued)}\n`);
    await io.stdout.write(`${issued.admin_key}\n`);
    await io.stderr.write(
      `\nThis is the only time that the key is shown. It is not stored.\n\n${issued.id} (${printable(name)}) is of the scope ${scope}.\n`,
    );
  });
}

const KEY_COLUMNS: readonly Column[] = [
  { title: "id", width: 38 },
  { title: "name", width: 12, widthMax: 40 },
  { title: "scope", width: 8 },
  { title: "status", width: 8 },
];

function table(columns: readonly Column[], rows: readonly string[][], { stdout }: Io): string {
  const fitted = fitColumns(columns, rows);
  const titles = stdout.style("bold", renderTitles(fitted, stdout.columns).trimEnd());
  return `${titles}\n${renderRows(fitted, rows, stdout.columns)}`;
}

async function list(flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { data } = await admin.adminKeys.list();
    if (flags.json) return io.stdout.write(`${JSON.stringify({ data })}\n`);
    if (data.length === 0) return io.stderr.write("No admin keys beside KEYBRAKE_ADMIN_KEY.\n");
    const row = ({ id, name, scope, status }: AdminKeyInfo) => [id, printable(name), scope, status];
    await io.stdout.write(table(KEY_COLUMNS, data.map(row), io));
  });
}

const ACTION_COLUMNS: readonly Column[] = [
  { title: "at (UTC)", width: 19 },
  { title: "by", width: 10, widthMax: 24 },
  { title: "action", width: 16, widthMax: 24 },
  { title: "target", width: 18, widthMax: 40 },
  { title: "ended", width: 6, widthMax: 24 },
];

function actionRow({ at, by_name, action, target, status, code }: AdminActionInfo): string[] {
  const ended = status === null ? "?" : (code ?? String(status));
  const shown = target === null ? "" : printable(target);
  return [`${at.slice(0, 10)} ${at.slice(11, 19)}`, printable(by_name), printable(action), shown, ended];
}

async function actions(flags: ActionFlags, io: Io): Promise<void> {
  const { by, action, target, since } = flags;
  const from = since === undefined ? undefined : parseInstant(since, io.clock());
  await withAdmin(flags, io, async ({ admin }) => {
    await writeList(io, {
      pages: pagesOf((page) => admin.adminKeys.actions({ by, action, target, from, ...page }), flags.limit),
      json: flags.json === true,
      render: (rows) => table(ACTION_COLUMNS, rows.map(actionRow), io),
      empty: "Nobody has done anything that matches.",
    });
  });
}

function addKeyCommands(keys: Command, io: Io): void {
  const creating = keys
    .command("create")
    .description("make an admin key; it is shown this once, alone on stdout")
    .requiredOption("--name <name>", "whose it is, or what for")
    .addOption(new Option("--scope <scope>", "what it may do").choices(SCOPES).makeOptionMandatory())
    .option("--ceiling <file>", "of an issuer: JSON of a key such as it may issue at most")
    .option("--keys-per-hour <number>", "of an issuer: most keys in any hour", parseCount)
    .option("--expires-in <duration>", "such as 12h or 90d; never unless told", parseDuration);
  withJson(withProxyOptions(creating))
    .action((flags: CreateFlags) => create(flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "keybrake admin-keys create --name on-call --scope operator",
          "keybrake admin-keys create --name books --scope auditor --expires-in 90d",
          "keybrake admin-keys create --name provisioner --scope issuer \\",
          "  --ceiling ceiling.json --keys-per-hour 20",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
  const listing = keys.command("list").description("admin keys, newest first");
  withJson(withProxyOptions(listing))
    .action((flags: ProxyFlags) => list(flags, io))
    .addHelpText("after", [examples("keybrake admin-keys list"), "", ADMIN_KEY_HELP].join("\n"));
  const revoking = keys
    .command("revoke")
    .description("cut an admin key off; the vault keys that it issued stay")
    .argument("<id>", "the key's id (admin_…)");
  withJson(withProxyOptions(revoking))
    .action((id: string, flags: ProxyFlags) =>
      withAdmin(flags, io, async ({ admin }) => {
        const key = await admin.adminKeys.revoke(id);
        const text = flags.json ? JSON.stringify(key) : `Revoked ${key.id} (${printable(key.name)}).`;
        await io.stdout.write(`${text}\n`);
      }),
    )
    .addHelpText(
      "after",
      [examples("keybrake admin-keys revoke admin_019aa0…"), "", ADMIN_KEY_HELP].join("\n"),
    );
}

export function addAdminKeys(program: Command, io: Io): void {
  addKeyCommands(program.command("admin-keys").description("who may use the admin API, and for what"), io);
  const doing = program
    .command("actions")
    .description("what admins have done, newest first")
    .option("--by <id>", "only of this admin key, root (KEYBRAKE_ADMIN_KEY), or oidc:<subject>")
    .option("--action <action>", "only these, such as vault-keys.revoke")
    .option("--target <id>", "only on this key, budget, stop …")
    .option("--since <time>", "ISO 8601, or how long ago: 15m, 24h, 7d")
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(doing))
    .action((flags: ActionFlags) => actions(flags, io))
    .addHelpText(
      "after",
      [
        examples("keybrake actions --since 24h", "keybrake actions --action vault-keys.create --by root"),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
