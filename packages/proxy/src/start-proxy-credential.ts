import { existsSync } from "node:fs";
import { VENDORS } from "./proxy.ts";
import { isProxyError, ProxyError } from "./proxy-error.ts";
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
 * The Stripe key to forward with. One that is given is sealed beside a store that is kept, replacing the earlier;
 * without one the sealed one is opened. Throws `credential_missing` and what `openVault` throws.
 */
export async function readCredential({ file, given, masterKey, random }: CredentialSource): Promise<string> {
  if (file === null) {
    if (given === undefined) throw credentialMissing();
    return given;
  }
  try {
    const vault = await openVault({ file: vaultBeside(file), keyFile: `${file}.key`, masterKey, random });
    if (given !== undefined) await vault.store("stripe", given);
    const credential = given ?? (await vault.open("stripe"));
    if (credential === null) throw credentialMissing();
    return credential;
  } catch (error) {
    if (isProxyError(error)) throw error;
    const why = error instanceof Error ? error.message : "it cannot be read";
    throw new ProxyError("vault_unreadable", `The vault beside ${file}: ${why}`, { cause: error });
  }
}
