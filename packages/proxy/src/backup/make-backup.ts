import { randomUUID } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { Ledger } from "@keybrake/ledger";
import { digestFile, headerLine } from "./backup-file.ts";

/** Makes backups of the running store, one at a time. */
export interface Backups {
  /** The bytes of a backup; the disk needs room for a second store while they are read. Rejects when the store fails. */
  make(): Promise<AsyncIterable<Uint8Array>>;
}

export interface BackupSource {
  readonly ledger: Pick<Ledger, "copyTo">;
  /** The store's file: the copy is made beside it, where there is room for a store, and nobody else may look. */
  readonly file: string;
  /** The vault's boxes, sealed. */
  readonly readVault: () => Promise<Readonly<Record<string, string>>>;
}

/** Null for a store that has tools of its own. */
export function backupsOf({ ledger, file, readVault }: BackupSource): Backups | null {
  const { copyTo } = ledger;
  if (copyTo === null) return null;
  let last: Promise<unknown> = Promise.resolve();

  async function copy(): Promise<AsyncIterable<Uint8Array>> {
    const madeAt = new Date().toISOString();
    const copied = `${file}.${randomUUID()}.backup`;
    try {
      // SQLite would make it readable by everybody.
      await (await open(copied, "wx", 0o600)).close();
      await copyTo?.(copied);
      const { bytes, sha256 } = await digestFile(copied);
      const vault = { ...(await readVault()) };
      const header = {
        keybrake_backup: 1,
        made_at: madeAt,
        store_bytes: bytes,
        store_sha256: sha256,
        vault,
      } as const;
      return bytesOf(headerLine(header), await openAndRemove(copied));
    } catch (error) {
      await rm(copied, { force: true });
      throw error;
    }
  }

  return {
    make() {
      // One after the other: each takes the disk's room and time.
      const made = last.then(copy);
      last = made.catch(() => {});
      return made;
    },
  };
}

/** Opened, and so readable to its end; nobody has to come back to remove it. */
async function openAndRemove(file: string): Promise<ReadStream> {
  const stream = createReadStream(file);
  await new Promise((resolve, reject) => stream.once("open", resolve).once("error", reject));
  await rm(file, { force: true });
  return stream;
}

async function* bytesOf(header: string, store: ReadStream): AsyncGenerator<Uint8Array> {
  yield Buffer.from(header);
  yield* store;
}
