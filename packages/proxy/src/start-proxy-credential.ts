import { existsSync } from "node:fs";
import type { Logger } from "pino";
import { VENDORS } from "./proxy.ts";
import { isProxyError, ProxyError } from "./proxy-error.ts";
import type { StorePlace } from "./start-proxy-settings.ts";
import { MASTER_KEY_BYTES } from "./vault/sealed-box.ts";
import { openSharedVault, openVault, type SharedBoxes, type Vault } from "./vault/vault.ts";

/** Where the Stripe key of a proxy comes from. */
export interface CredentialSource {
  /** Where the books are, with or beside which the key is sealed; null when they are thrown away, and nothing is kept. */
  readonly place: StorePlace | null;
  /** Undefined: the one that an earlier start sealed. */
  readonly given: string | undefined;
  /** See `VaultOptions`. */
  readonly masterKey: string | undefined;
  readonly masterKeyBefore: string | undefined;
  readonly random: (length: number) => Uint8Array;
}

/** Where the sealed credentials of a store in a file are. */
export const vaultBeside = (file: string) => `${file}.vault.json`;

function credentialMissing(): ProxyError {
  return new ProxyError(
    "credential_missing",
    `No Stripe key: set STRIPE_SECRET_KEY once, and it is sealed beside the store for later starts.
Better than sk_…: a restricted key (rk_…) with the permissions that \`keybrake roles\` prints.
To try without Stripe: \`keybrake dev\`.`,
  );
}

/**
 * Throws `credential_invalid`, `credential_missing` when there is neither a key nor a vault that can hold one, or
 * `master_key_invalid` when replicas would each make a master key of their own.
 */
export function checkCredentialSource({ place, given, masterKey }: CredentialSource): void {
  if (given !== undefined) VENDORS.stripe.readCredential(given);
  if (place?.kind === "shared") {
    if (masterKey === undefined) throw masterKeyMissing();
  } else if (given === undefined && (place === null || !existsSync(vaultBeside(place.file)))) {
    throw credentialMissing();
  }
}

function masterKeyMissing(): ProxyError {
  return new ProxyError(
    "master_key_invalid",
    "KEYBRAKE_MASTER_KEY must be set with a Postgres store, the same for every proxy of it: it seals what they share. Make one with: openssl rand -hex 32",
  );
}

/**
 * Throws `store_missing` when a store was here and is gone: an empty one in its place would have forgotten what was
 * spent, and what a retry would repeat; and another process may still have the old one open.
 */
export function checkNotLost({ place }: Pick<CredentialSource, "place">): void {
  if (place?.kind !== "file") return;
  const { file } = place;
  if (existsSync(file) || !existsSync(vaultBeside(file))) return;
  throw new ProxyError(
    "store_missing",
    `${file} is gone, and ${vaultBeside(file)} is what stood beside it. Stop any proxy that still has it open, and put the store back. To begin with empty books, remove the vault too: caps begin anew then.`,
  );
}

/** What a proxy must keep to itself. */
export interface Secrets {
  /** The Stripe key to forward with. */
  readonly credential: string;
  /** See `ProxyOptions.bodyKey`. */
  readonly bodyKey: Uint8Array;
}

/**
 * A Stripe key that is given is sealed with a store that is kept, replacing the earlier; without one the sealed one
 * is opened. `boxes`: of a store that proxies share. Throws `credential_missing` and what `openVault` throws.
 */
export async function readSecrets(
  source: CredentialSource,
  boxes: SharedBoxes | null,
  log: Logger,
): Promise<Secrets> {
  const { place, given, random } = source;
  if (place === null) {
    if (given === undefined) throw credentialMissing();
    return { credential: given, bodyKey: random(MASTER_KEY_BYTES) };
  }
  try {
    const vault = await vaultOf(source, place, boxes);
    const credential = vault.credential("stripe");
    if (credential === null) throw credentialMissing();
    if (vault.isResealed)
      log.warn("the vault is sealed with the new master key, and no longer with the one before");
    return { credential, bodyKey: vault.deriveKey("bodies") };
  } catch (error) {
    if (isProxyError(error)) throw error;
    const why = error instanceof Error ? error.message : "it cannot be read";
    throw new ProxyError("vault_unreadable", `The vault of ${place.shown}: ${why}`, { cause: error });
  }
}

function vaultOf(
  { given, masterKey, masterKeyBefore, random }: CredentialSource,
  place: StorePlace,
  boxes: SharedBoxes | null,
): Promise<Vault> {
  const sealed = { masterKeyBefore, random, ...(given !== undefined && { given: { stripe: given } }) };
  if (place.kind === "file") {
    const { file } = place;
    return openVault({ ...sealed, file: vaultBeside(file), keyFile: `${file}.key`, masterKey });
  }
  if (masterKey === undefined || boxes === null) throw masterKeyMissing();
  return openSharedVault({ ...sealed, boxes, masterKey });
}
