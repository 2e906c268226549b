import type { VaultKeyInfo } from "@keybrake/core";
import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { keptOf, pagesOf } from "../admin/pages.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount } from "../parse-options.ts";
import {
  ADMIN_KEY_HELP,
  collectLabel,
  examples,
  type LabelFlags,
  type ProxyFlags,
  withJson,
  withProxyOptions,
} from "./options.ts";
import { writeList } from "./write-list.ts";

interface Flags extends ProxyFlags {
  readonly limit: number;
  readonly status?: VaultKeyInfo["status"];
  readonly role?: string;
  readonly name?: string;
  readonly label?: LabelFlags;
}

const STATUSES: readonly VaultKeyInfo["status"][] = ["active", "paused", "revoked", "expired"];

/** All that were given must hold; null when none was. */
function filterOf({ status, role, name, label }: Flags): ((key: VaultKeyInfo) => boolean) | null {
  const given = [status, role, name, label].some((flag) => flag !== undefined);
  if (!given) return null;
  return (key) =>
    (status === undefined || key.status === status) &&
    (role === undefined || key.role === role) &&
    (name === undefined || key.name.toLowerCase().includes(name.toLowerCase())) &&
    (label ?? []).every(([labelName, value]) => key.labels[labelName] === value);
}

async function list(flags: Flags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderVaultKeys } = await import("../format/vault-keys.ts");
    const keep = filterOf(flags);
    const pages = (limit: number) => pagesOf(admin.vaultKeys.list, limit);
    await writeList(io, {
      pages: keep === null ? pages(flags.limit) : keptOf(pages(0), keep, flags.limit),
      json: flags.json === true,
      render: (keys) => renderVaultKeys(keys, io.stdout.columns, io.stdout.style),
      empty: keep === null ? "No vault keys. Issue one with `keybrake keys create`." : "No vault keys match.",
    });
  });
}

export function addKeysList(keys: Command, io: Io): void {
  const command = keys
    .command("list")
    .description("vault keys, newest first, with the cap of each and what is spent of it")
    .addOption(new Option("--status <status>", "only these").choices(STATUSES))
    .option("--role <role>", "only keys of this role")
    .option("--name <text>", "only keys whose name has this in it")
    .option("--label <name=value>", "only keys with this label (repeatable: with all)", collectLabel)
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(command))
    .action((flags: Flags) => list(flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "keybrake keys list --status active",
          "keybrake keys list --role billing --label team=payments",
          "keybrake keys list --limit 0 --json",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
