import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import type { Io } from "../io.ts";
import { parseVaultKeyId } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

async function show(id: string, flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const key = await admin.vaultKeys.get(id);
    if (flags.json) return io.stdout.write(`${JSON.stringify(key)}\n`);
    const { renderVaultKey } = await import("../format/vault-keys.ts");
    await io.stdout.write(renderVaultKey(key, io.stdout.columns, io.stdout.style));
  });
}

export function addKeysShow(keys: Command, io: Io): void {
  const command = keys
    .command("show")
    .description("one vault key: policy, spent, held, remaining")
    .argument("<id>", "the key's id (key_…)", parseVaultKeyId);
  withJson(withProxyOptions(command))
    .action((id: string, flags: ProxyFlags) => show(id, flags, io))
    .addHelpText("after", [examples("keybrake keys show key_019aa0…"), "", ADMIN_KEY_HELP].join("\n"));
}
