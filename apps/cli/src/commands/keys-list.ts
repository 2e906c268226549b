import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface Flags extends ProxyFlags {
  readonly limit: number;
}

async function list(flags: Flags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderVaultKeys } = await import("../format/vault-keys.ts");
    await writeList(io, {
      pages: pagesOf(admin.vaultKeys.list, flags.limit),
      json: flags.json === true,
      render: (keys) => renderVaultKeys(keys, io.stdout.columns, io.stdout.style),
      empty: "No vault keys. Issue one with `keybrake keys create`.",
    });
  });
}

export function addKeysList(keys: Command, io: Io): void {
  const command = keys
    .command("list")
    .description("vault keys, newest first, with what each may still spend")
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(command))
    .action((flags: Flags) => list(flags, io))
    .addHelpText(
      "after",
      [examples("keybrake keys list", "keybrake keys list --limit 0 --json"), "", ADMIN_KEY_HELP].join("\n"),
    );
}
