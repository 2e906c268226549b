import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { ProxyError } from "../proxy-error.ts";
import { vaultBeside } from "../start-proxy-credential.ts";
import { placeOfStore } from "../start-proxy-settings.ts";
import { makeDurably } from "../vault/durable-file.ts";
import { checkBackup } from "./backup-file.ts";

/** Beside a store that was restored and has not been started yet: since when the vendor must be asked what was made. */
const marker = (file: string) => `${file}.restored.json`;
const MARK = z.strictObject({ made_at: z.iso.datetime() });

export interface RestoreOptions {
  /** What `keybrake backup` wrote. */
  readonly backup: string;
  /** `sqlite:<file>` or a path, where nothing is yet. */
  readonly store: string;
}

export interface Restored {
  /** Milliseconds since the Unix epoch: what was called since may be missing, until the first start has looked for it. */
  readonly madeAt: number;
  readonly file: string;
}

/**
 * Puts a backup in the place of a store. Nothing is sent; the first start on it asks the vendor for what was made since.
 * Rejects with a `ProxyError`: `backup_invalid`, `restore_refused` (something stands there, or the store is Postgres).
 */
export async function restoreBackup({ backup, store }: RestoreOptions): Promise<Restored> {
  const place = placeOfStore(store);
  if (place.kind !== "file") {
    throw new ProxyError(
      "restore_refused",
      "A Postgres store is restored with pg_restore: see docs/production.md.",
    );
  }
  const { file } = place;
  for (const there of [file, `${file}-wal`, vaultBeside(file), marker(file)]) {
    if (!existsSync(there)) continue;
    const message = `${there} is there already. Move it away first: it may be the better store. Nothing was written.`;
    throw new ProxyError("restore_refused", message);
  }
  const { header, start } = await checkBackup(backup);
  // The store comes last: without it nothing starts, so a restore that is cut off is seen.
  await makeDurably(marker(file), JSON.stringify({ made_at: header.made_at }));
  await makeDurably(vaultBeside(file), JSON.stringify(header.vault));
  const part = `${file}.part`;
  await rm(part, { force: true });
  await pipeline(
    createReadStream(backup, { start }),
    createWriteStream(part, { flags: "wx", mode: 0o600, flush: true }),
  );
  await rename(part, file);
  return { madeAt: Date.parse(header.made_at), file };
}

/** When the backup was made that the store comes from; null when it was not restored, or has been looked after since. */
export async function restoredSince(file: string): Promise<number | null> {
  if (!existsSync(marker(file))) return null;
  return Date.parse(MARK.parse(JSON.parse(await readFile(marker(file), "utf8"))).made_at);
}

export async function forgetRestored(file: string): Promise<void> {
  await rm(marker(file), { force: true });
}
