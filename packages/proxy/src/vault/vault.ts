import { createHmac, randomBytes } from "node:crypto";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { ProxyError } from "../proxy-error.ts";
import { MASTER_KEY_BYTES, seal, unseal } from "./sealed-box.ts";

/** Where the real credentials rest, sealed. Nothing here prints or returns one except `open`. */
export interface Vault {
  /** Seals a credential and writes it down (file mode 0600), replacing an earlier one. */
  store(vendor: string, credential: string): Promise<void>;
  /** The credential; null when none was stored. Throws `vault_unreadable` when the master key does not fit. */
  open(vendor: string): Promise<string | null>;
  /** 32 bytes that only this master key gives, for sealing something else with. */
  deriveKey(purpose: string): Uint8Array;
}

export interface VaultOptions {
  /** The file of sealed credentials, beside the store. */
  readonly file: string;
  /** 32 bytes as 64 hex digits or base64 (`KEYBRAKE_MASTER_KEY`); without it the key file is used. */
  readonly masterKey?: string | undefined;
  /** Made with mode 0600 on first use; used only without `masterKey`. */
  readonly keyFile: string;
  readonly random?: (length: number) => Uint8Array;
}

function parseMasterKey(text: string, source: string): Uint8Array {
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

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function loadMasterKey(
  options: VaultOptions,
  random: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  if (options.masterKey !== undefined) return parseMasterKey(options.masterKey, "KEYBRAKE_MASTER_KEY");
  const existing = await readIfThere(options.keyFile);
  if (existing === null) {
    const key = Buffer.from(random(MASTER_KEY_BYTES));
    await writeFile(options.keyFile, `${key.toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    return key;
  }
  const { mode } = await stat(options.keyFile);
  if ((mode & 0o077) !== 0) {
    const message = `The key file ${options.keyFile} can be read by others. Run: chmod 600 ${options.keyFile}`;
    throw new ProxyError("master_key_exposed", message);
  }
  return parseMasterKey(existing, options.keyFile);
}

export async function openVault(options: VaultOptions): Promise<Vault> {
  const random = options.random ?? randomBytes;
  const key = await loadMasterKey(options, random);
  return createVault(key, boxesIn(options.file), random);
}

/** Where replicas keep what is sealed for all of them. */
export interface SharedBoxes {
  readSealed(): Promise<Readonly<Record<string, string>>>;
  writeSealed(name: string, box: string): Promise<void>;
}

/** The vault that replicas share: none of them makes a master key that the others would not have. */
export function openSharedVault(options: {
  readonly boxes: SharedBoxes;
  readonly masterKey: string;
  readonly random: (length: number) => Uint8Array;
}): Vault {
  const { boxes, masterKey, random } = options;
  const key = parseMasterKey(masterKey, "KEYBRAKE_MASTER_KEY");
  return createVault(
    key,
    { shown: "the store", read: boxes.readSealed, write: (vendor, box) => boxes.writeSealed(vendor, box) },
    random,
  );
}

interface Boxes {
  /** Where they are, in words. */
  readonly shown: string;
  read(): Promise<Readonly<Record<string, string>>>;
  write(vendor: string, box: string): Promise<void>;
}

/** What is sealed in a file, as it is sealed; empty without the file. */
export async function readBoxes(file: string): Promise<Readonly<Record<string, string>>> {
  return JSON.parse((await readIfThere(file)) ?? "{}") as Record<string, string>;
}

function boxesIn(file: string): Boxes {
  const read = () => readBoxes(file);
  return {
    shown: file,
    read,
    write: async (vendor, box) => {
      const boxes = { ...(await read()), [vendor]: box };
      // Written beside and renamed, so that a crash leaves either the old file or the new one.
      const temporary = `${file}.new`;
      await writeFile(temporary, `${JSON.stringify(boxes, null, 2)}\n`, { mode: 0o600 });
      await rename(temporary, file);
    },
  };
}

function createVault(key: Uint8Array, boxes: Boxes, random: (length: number) => Uint8Array): Vault {
  return {
    store: (vendor, credential) => boxes.write(vendor, seal(credential, vendor, key, random)),
    async open(vendor) {
      const box = (await boxes.read())[vendor];
      if (box === undefined) return null;
      const credential = unseal(box, vendor, key);
      if (credential !== null) return credential;
      const message = `The sealed ${vendor} credential in ${boxes.shown} cannot be opened: it was sealed with another master key. Set the right KEYBRAKE_MASTER_KEY, or give the credential anew.`;
      throw new ProxyError("vault_unreadable", message);
    },
    deriveKey: (purpose) => createHmac("sha256", key).update(purpose).digest(),
  };
}
