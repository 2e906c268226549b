import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { parseVaultKeyId } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

async function revoke(id: string, flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const key = await admin.vaultKeys.revoke(id);
    const text = flags.json
      ? JSON.stringify(key)
      : `Revoked ${key.id} (${printable(key.name)}): every call from now on is refused.`;
    await io.stdout.write(`${text}\n`);
  });
}

export function addKeysRevoke(keys: Command, io: Io): void {
  const command = keys
    .command("revoke")
    .description("cut a vault key off; it cannot be undone, and may be repeated")
    .argument("<id>", "the key's id (key_…)", parseVaultKeyId);
  withJson(withProxyOptions(command))
    .action((id: string, flags: ProxyFlags) => revoke(id, flags, io))
    .addHelpText("after", [examples("keybrake keys revoke key_019aa0…"), "", ADMIN_KEY_HELP].join("\n"));
}
