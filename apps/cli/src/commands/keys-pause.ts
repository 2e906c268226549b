import type { AdminClient, VaultKeyInfo } from "@keybrake/core";
import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { parseVaultKeyId } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Change {
  readonly verb: "pause" | "resume";
  readonly description: string;
  readonly does: (admin: AdminClient, id: string) => Promise<VaultKeyInfo>;
  readonly says: (key: VaultKeyInfo) => string;
}

const CHANGES: readonly Change[] = [
  {
    verb: "pause",
    description: "refuse every call of a key until it is resumed",
    does: (admin, id) => admin.vaultKeys.pause(id),
    says: ({ id, name }) =>
      `Paused ${id} (${printable(name)}): every call is refused until \`keybrake keys resume\`.`,
  },
  {
    verb: "resume",
    description: "end a pause of a key; stops stay (see `keybrake stops`)",
    does: (admin, id) => admin.vaultKeys.resume(id),
    says: ({ id, name, status }) => `Resumed ${id} (${printable(name)}): it is ${status}.`,
  },
];

/** `keys pause` and `keys resume`. */
export function addKeysPause(keys: Command, io: Io): void {
  for (const { verb, description, does, says } of CHANGES) {
    const command = keys
      .command(verb)
      .description(description)
      .argument("<id>", "the key's id (key_…)", parseVaultKeyId);
    withJson(withProxyOptions(command))
      .action((id: string, flags: ProxyFlags) =>
        withAdmin(flags, io, async ({ admin }) => {
          const key = await does(admin, id);
          await io.stdout.write(`${flags.json ? JSON.stringify(key) : says(key)}\n`);
        }),
      )
      .addHelpText("after", [examples(`keybrake keys ${verb} key_019aa0…`), "", ADMIN_KEY_HELP].join("\n"));
  }
}
