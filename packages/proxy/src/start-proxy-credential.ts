import { existsSync } from "node:fs";
import { VENDORS } from "./proxy.ts";
import { isProxyError, ProxyError } from "./proxy-error.ts";
import { MASTER_KEY_BYTES } from "./vault/sealed-box.ts";
import { openVault } from "./vault/vault.ts";

/** Where the Stripe key of a proxy comes from. */
export interface CredentialSource {
  /** The ledger's file, beside which the key is sealed; null when the books are thrown away, and nothing is kept. */
  readonly file: string | null;
  /** Undefined: the one that an earlier start sealed. */
  readonly given: string | undefined;
  /** See `VaultOptions`. */
  readonly masterKey: string | undefined;
  readonly random: (length: number) => Uint8Array;
}

const vaultBeside = (file: string) => `${file}.vault.json`;

function credentialMissing(): ProxyError {
  return new ProxyError(
    "credential_missing",
    `No Stripe key: set STRIPE_SECRET_KEY once, and it is sealed beside the store for later starts.
Better than sk_…: a restricted key (rk_…) with the permissions that \`keybrake roles\` prints.
To try without Stripe: \`keybrake dev\`.`,
  );
}

/** Throws `credential_invalid`, or `credential_missing` when there is neither a key nor a vault that can hold one. */
export function checkCredentialSource({ file, given }: CredentialSource): void {
  if (given !== undefined) VENDORS.stripe.readCredential(given);
  else if (file === null || !existsSync(vaultBeside(file))) throw credentialMissing();
}

/**
 * Throws `store_missing` when a store was here and is gone: an empty one in its place would have forgotten what was
 * spent, and what a retry would repeat; and another process may still have the old one open.
 */
export function checkNotLost({ file }: Pick<CredentialSource, "file">): void {
  if (file === null || existsSync(file) || !existsSync(vaultBeside(file))) return;
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
 * A Stripe key that is given is sealed beside a store that is kept, replacing the earlier; without one the sealed one
 * is opened. Throws `credential_missing` and what `openVault` throws.
 */
export async function readSecrets({ file, given, masterKey, random }: CredentialSource): Promise<Secrets> {
  if (file === null) {
    if (given === undefined) throw credentialMissing();
    return { credential: given, bodyKey: random(MASTER_KEY_BYTES) };
  }
  try {
    const vault = await openVault({ file: vaultBeside(file), keyFile: `${file}.key`, masterKey, random });
    if (given !== undefined) await vault.store("stripe", given);
    const credential = given ?? (await vault.open("stripe"));
    if (credential === null) throw credentialMissing();
    return { credential, bodyKey: vault.deriveKey("bodies") };
  } catch (error) {
    if (isProxyError(error)) throw error;
    const why = error instanceof Error ? error.message : "it cannot be read";
    throw new ProxyError("vault_unreadable", `The vault beside ${file}: ${why}`, { cause: error });
  }
}
