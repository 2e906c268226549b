import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { z } from "zod";
import { ProxyError } from "../proxy-error.ts";

/**
 * A backup: one line of JSON, and then the store's file as it is. The vault's boxes are in the line, sealed as they
 * are beside the store: whoever has the backup has no key, and must have the master key to use it.
 */
const HEADER = z.strictObject({
  keybrake_backup: z.literal(1),
  /** When it was begun, by the machine's clock: what was called later may be missing. */
  made_at: z.iso.datetime(),
  store_bytes: z.int().min(0),
  store_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  vault: z.record(z.string(), z.string()),
});
export type BackupHeader = z.infer<typeof HEADER>;

/** A line is as long as the boxes of a few credentials. */
const HEADER_BYTES_MAX = 64 * 1024;

/** Of a file from a byte on: its length and digest. */
export async function digestFile(
  file: string,
  start = 0,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { start })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

export function headerLine(header: BackupHeader): string {
  return `${JSON.stringify(header)}\n`;
}

function invalid(file: string, why: string): ProxyError {
  return new ProxyError("backup_invalid", `${file} ${why}. Nothing was restored from it.`);
}

/** The header, and where the store begins. Rejects with `backup_invalid` when a byte is missing, too many or changed. */
export async function checkBackup(
  file: string,
): Promise<{ readonly header: BackupHeader; readonly start: number }> {
  const { header, start } = await readHeader(file);
  if ((await stat(file)).size !== start + header.store_bytes) throw invalid(file, "is not whole");
  if ((await digestFile(file, start)).sha256 !== header.store_sha256) throw invalid(file, "was changed");
  return { header, start };
}

async function readHeader(file: string): Promise<{ header: BackupHeader; start: number }> {
  await using handle = await open(file, "r");
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
  const end = buffer.subarray(0, bytesRead).indexOf("\n");
  const header = HEADER.safeParse(parse(buffer.toString("utf8", 0, Math.max(0, end))));
  if (end < 0 || !header.success) throw invalid(file, "is not a backup of Keybrake's");
  return { header: header.data, start: end + 1 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
