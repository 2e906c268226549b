import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import type { Io } from "../io.ts";
import { parseUsd, parseVaultKeyId } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Flags extends ProxyFlags {
  readonly dailyUsdCap: number;
}

async function set(id: string, flags: Flags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const key = await admin.vaultKeys.update(id, { daily_usd_cap: flags.dailyUsdCap });
    if (flags.json) return io.stdout.write(`${JSON.stringify(key)}\n`);
    const { renderVaultKeys } = await import("../format/vault-keys.ts");
    await io.stdout.write(renderVaultKeys([key], io.stdout.columns, io.stdout.style));
  });
}

export function addKeysSet(keys: Command, io: Io): void {
  const command = keys
    .command("set")
    .description("change a key's own cap; the next call obeys it")
    .argument("<id>", "the key's id (key_…)", parseVaultKeyId)
    .requiredOption("--daily-usd-cap <usd>", "most US dollars in any 24 h; 0 = read-only", parseUsd);
  withJson(withProxyOptions(command))
    .action((id: string, flags: Flags) => set(id, flags, io))
    .addHelpText(
      "after",
      [
        "",
        "What was spent stays spent: under a cap below it, nothing is left until it has",
        "left the 24 hours. Caps of shared budgets: `keybrake budgets set`.",
        examples("keybrake keys set key_019aa0… --daily-usd-cap 750"),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
