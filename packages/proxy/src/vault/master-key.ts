import { readFile, stat } from "node:fs/promises";
import { ProxyError } from "../proxy-error.ts";
import { MASTER_KEY_BYTES } from "./sealed-box.ts";

export interface MasterKey {
  readonly bytes: Uint8Array;
  /** Just made up: it is nowhere yet. */
  readonly isNew: boolean;
}

/** 32 bytes, from 64 hex digits or base64. Throws `master_key_invalid`, which quotes nothing. */
export function parseMasterKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, "hex")
    : Buffer.from(trimmed, "base64");
  if (bytes.length === MASTER_KEY_BYTES) return bytes;
  throw new ProxyError(
    "master_key_invalid",
    `${source} must hold 32 bytes, as 64 hex digits or as base64. Make one with: openssl rand -hex 32`,
  );
}

/** Null when there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * The master key of a key file, or a new one for it. `mayMake` false: something is sealed already, so a new one would
 * open nothing. Throws `master_key_exposed`, `master_key_invalid` or `vault_unreadable`.
 */
export async function readKeyFile(
  file: string,
  mayMake: boolean,
  random: (length: number) => Uint8Array,
): Promise<MasterKey> {
  const existing = await readIfThere(file);
  if (existing === null) {
    if (mayMake) return { bytes: random(MASTER_KEY_BYTES), isNew: true };
    const message = `The key file ${file} is gone: put it back, or set KEYBRAKE_MASTER_KEY to what was in it.`;
    throw new ProxyError("vault_unreadable", message);
  }
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return { bytes: parseMasterKey(existing, file), isNew: false };
  const message = `The key file ${file} can be read by others. Run: chmod 600 ${file}`;
  throw new ProxyError("master_key_exposed", message);
}
