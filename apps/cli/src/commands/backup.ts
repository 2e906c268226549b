import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { adminGet, withAdmin } from "../admin/connection.ts";
import { failure } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withProxyOptions } from "./options.ts";

/** Into a file of its own name only when all of it is there and as it was sent. */
async function backup(file: string, flags: ProxyFlags, io: Io): Promise<void> {
  const { checkBackup } = await import("@keybrake/proxy");
  await withAdmin(flags, io, async (connection) => {
    const { body } = await adminGet(connection, io, { path: "/admin/backup", query: {} });
    if (body === null) throw failure("response_invalid", "The proxy sent no backup.");
    const part = `${file}.part`;
    try {
      await pipeline(
        Readable.fromWeb(body),
        createWriteStream(part, { flags: "wx", mode: 0o600, flush: true }),
      );
      const { header } = await checkBackup(part);
      await rename(part, file);
      await io.stdout.write(`${file}: ${header.store_bytes} bytes of ${header.made_at}\n`);
    } catch (error) {
      await rm(part, { force: true });
      throw failure(
        "backup_failed",
        error instanceof Error ? error.message : "the backup could not be written",
      );
    }
  });
}

interface RestoreFlags {
  readonly store?: string;
}

async function restore(file: string, flags: RestoreFlags, io: Io): Promise<void> {
  const { restoreBackup } = await import("@keybrake/proxy");
  const store = readSetting(SETTINGS.store, flags.store, io.env) ?? "";
  const restored = await restoreBackup({ backup: file, store });
  const madeAt = new Date(restored.madeAt).toISOString();
  await io.stdout.write(`${restored.file}: as of ${madeAt}\n`);
  await io.stderr.write(
    [
      "Before you start on it:",
      `- Put its master key back: the file ${restored.file}.key, or KEYBRAKE_MASTER_KEY.`,
      "- Make sure that no proxy runs on the store that it replaces.",
      `After the start, do again what was done since ${madeAt}: keys that were revoked since work again,`,
      "and budgets have the caps that they had. The start itself looks up at Stripe what was made since.",
      "",
    ].join("\n"),
  );
}

export function addBackup(program: Command, io: Io): void {
  withProxyOptions(
    program
      .command("backup")
      .argument("<file>", "where to write it; replaced when it is there")
      .description("back up the books and the sealed vault of the running proxy, while calls go on"),
  )
    .action((file: string, flags: ProxyFlags) => backup(file, flags, io))
    .addHelpText(
      "after",
      [
        examples('keybrake backup "keybrake-$(date +%F).backup"'),
        "",
        "The master key is not in it: keep that elsewhere. Postgres is backed up with pg_dump.",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
  program
    .command("restore")
    .argument("<file>", "what `keybrake backup` wrote")
    .option("--store <store>", "sqlite:<file> or a path, where nothing is yet (KEYBRAKE_STORE)")
    .description("put a backup in the place of a store; no proxy may run on it")
    .action((file: string, flags: RestoreFlags) => restore(file, flags, io))
    .addHelpText("after", examples("keybrake restore keybrake.backup --store /var/lib/keybrake/keybrake.db"));
}
