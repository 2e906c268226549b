import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { parseDuration, parseVaultKeyId } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Flags extends ProxyFlags {
  readonly overlap?: number;
}

async function rotate(id: string, { overlap, ...flags }: Flags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const rotated = await admin.vaultKeys.rotate(id, { overlap_seconds: overlap });
    if (flags.json) return io.stdout.write(`${JSON.stringify(rotated)}\n`);
    // The key alone on stdout, as `keys create` has it.
    await io.stdout.write(`${rotated.vault_key}\n`);
    const end =
      overlap === undefined || overlap === 0
        ? "is refused from now on"
        : `works until ${rotated.previous_ends_at}`;
    await io.stderr.write(
      `\nThis is the only time that the key is shown. It is not stored.\n\n` +
        `${rotated.id} (${printable(rotated.name)}) keeps its policy and what it has spent. The key before ${end}.\n`,
    );
  });
}

export function addKeysRotate(keys: Command, io: Io): void {
  const command = keys
    .command("rotate")
    .description("another secret for a key, which keeps its id, policy and spend")
    .argument("<id>", "the key's id (key_…)", parseVaultKeyId)
    .option(
      "--overlap <duration>",
      "how long the key before works too, at most 7d (default 0)",
      parseDuration,
    );
  withJson(withProxyOptions(command))
    .action((id: string, flags: Flags) => rotate(id, flags, io))
    .addHelpText(
      "after",
      [
        examples(
          'export KEYBRAKE_BILLING_VAULT_KEY="$(keybrake keys rotate key_019aa0…)"',
          "keybrake keys rotate key_019aa0… --overlap 10m",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
