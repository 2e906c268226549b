import { createHmac, randomBytes } from "node:crypto";
import { ProxyError } from "../proxy-error.ts";
import { type BoxesDecision, DATA_KEY, decideBoxes, type MasterKeys } from "./decide-boxes.ts";
import { makeDurably, replaceDurably } from "./durable-file.ts";
import { parseMasterKey, readIfThere, readKeyFile } from "./master-key.ts";

/** What was sealed. Nothing here prints or returns a credential except `credential`. */
export interface Vault {
  /** The real credential for a vendor; null when none was ever given. */
  credential(vendor: string): string | null;
  /** 32 bytes that only this vault gives, for sealing something else with; the same whatever master key seals the vault. */
  deriveKey(purpose: string): Uint8Array;
  /** Whether the boxes were sealed with the master key before, and are with the new one now. */
  readonly isResealed: boolean;
}

export interface VaultOptions {
  /** The file of sealed credentials, beside the store. */
  readonly file: string;
  /** 32 bytes as 64 hex digits or base64 (`KEYBRAKE_MASTER_KEY`); without it the key file is used. */
  readonly masterKey?: string | undefined;
  /** The master key before (`KEYBRAKE_MASTER_KEY_BEFORE`), while it is being changed: what it opens is sealed anew. */
  readonly masterKeyBefore?: string | undefined;
  /** Credentials by vendor, which replace those that are sealed. */
  readonly given?: Readonly<Record<string, string>> | undefined;
  /** Made with mode 0600 on first use, and when the master key before is given; used only without `masterKey`. */
  readonly keyFile: string;
  readonly random?: (length: number) => Uint8Array;
}

/**
 * Opens the vault of one proxy: what must be sealed, or sealed anew, is written before it resolves (mode 0600), all of
 * it or nothing. Rejects with `vault_unreadable` when neither master key opens all that is sealed; nothing was changed
 * then. Further: `master_key_invalid`, `master_key_exposed`.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { file, keyFile, masterKey, given = {}, random = randomBytes } = options;
  const boxes = await readBoxes(file);
  const before = beforeOf(options);
  const mayMake = Object.keys(boxes).length === 0 || before !== null;
  const current =
    masterKey === undefined
      ? await readKeyFile(keyFile, mayMake, random)
      : { bytes: parseMasterKey(masterKey, "KEYBRAKE_MASTER_KEY"), isNew: false };
  const keys = { current: current.bytes, before };
  const opened = readable(decideBoxes({ boxes, keys, given, random }), file);
  // The key first: boxes without their key would be worth nothing, and a key without boxes harms nobody.
  if (current.isNew) await makeDurably(keyFile, `${Buffer.from(current.bytes).toString("hex")}\n`);
  if (Object.keys(opened.write).length > 0)
    await replaceDurably(file, `${JSON.stringify({ ...boxes, ...opened.write }, null, 2)}\n`);
  return vaultOf(opened);
}

/** Where replicas keep what is sealed for all of them. */
export interface SharedBoxes {
  /**
   * Shows all boxes by name, and durably writes those that `decide` answers, while no other replica does either.
   * `decide` may be asked again; what it was shown last is what was there.
   */
  changeSealed(
    decide: (boxes: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<void>;
}

/** The vault that replicas share: none of them makes a master key that the others would not have. As `openVault`. */
export async function openSharedVault(
  options: Pick<VaultOptions, "masterKeyBefore" | "given"> & {
    readonly boxes: SharedBoxes;
    readonly masterKey: string;
    readonly random: (length: number) => Uint8Array;
  },
): Promise<Vault> {
  const { boxes, masterKey, given = {}, random } = options;
  const keys: MasterKeys = {
    current: parseMasterKey(masterKey, "KEYBRAKE_MASTER_KEY"),
    before: beforeOf(options),
  };
  let decision: BoxesDecision = { kind: "unreadable", name: DATA_KEY };
  await boxes.changeSealed((sealed) => {
    decision = decideBoxes({ boxes: sealed, keys, given, random });
    return decision.kind === "opened" ? decision.write : {};
  });
  return vaultOf(readable(decision, "the store"));
}

/** What is sealed in a file, as it is sealed; empty without the file. */
export async function readBoxes(file: string): Promise<Readonly<Record<string, string>>> {
  return JSON.parse((await readIfThere(file)) ?? "{}") as Record<string, string>;
}

function beforeOf({ masterKeyBefore }: Pick<VaultOptions, "masterKeyBefore">): Uint8Array | null {
  return masterKeyBefore === undefined ? null : parseMasterKey(masterKeyBefore, "KEYBRAKE_MASTER_KEY_BEFORE");
}

type Opened = Extract<BoxesDecision, { readonly kind: "opened" }>;

function readable(decision: BoxesDecision, shown: string): Opened {
  if (decision.kind === "opened") return decision;
  const message = `What is sealed in ${shown} (${decision.name}) was sealed with another master key; nothing was changed. Set the right KEYBRAKE_MASTER_KEY, or, while it is being changed, KEYBRAKE_MASTER_KEY_BEFORE as well.`;
  throw new ProxyError("vault_unreadable", message);
}

function vaultOf({ texts, isResealed }: Opened): Vault {
  const dataKey = Buffer.from(texts[DATA_KEY] ?? "", "base64");
  return {
    credential: (vendor) => (vendor === DATA_KEY ? null : (texts[vendor] ?? null)),
    deriveKey: (purpose) => createHmac("sha256", dataKey).update(purpose).digest(),
    isResealed,
  };
}
