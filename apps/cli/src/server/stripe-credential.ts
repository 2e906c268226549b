import { stat } from "node:fs/promises";
import { failure } from "../cli-error.ts";

const NO_CREDENTIAL = `No Stripe key: set STRIPE_SECRET_KEY once, and it is sealed beside the store for later starts.
Better than sk_…: a restricted key (rk_…) with the permissions that \`keybrake roles\` prints.
To try without Stripe: \`keybrake dev\`.`;

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}

export interface CredentialSource {
  /** The ledger's file: the vault lies beside it. */
  readonly store: string;
  /** STRIPE_SECRET_KEY, checked already; undefined: what was sealed at an earlier start. */
  readonly given: string | undefined;
  readonly masterKey: string | undefined;
  readonly random: (length: number) => Uint8Array;
}

/** Fails, before anything is written, when there is neither a key nor a vault that can hold one. */
export async function checkCredentialSource({ store, given }: CredentialSource): Promise<void> {
  if (given === undefined && !(await exists(`${store}.vault.json`)))
    throw failure("no_credential", NO_CREDENTIAL);
}

/**
 * The Stripe key to forward with. A given one is sealed into the vault beside the store, replacing the
 * earlier; without one the sealed one is opened.
 */
export async function stripeCredential(source: CredentialSource): Promise<string> {
  const { store, given, masterKey, random } = source;
  const { openVault } = await import("@keybrake/proxy");
  const vault = await openVault({ file: `${store}.vault.json`, keyFile: `${store}.key`, masterKey, random });
  if (given !== undefined) {
    await vault.store("stripe", given);
    return given;
  }
  const sealed = await vault.open("stripe");
  if (sealed === null) throw failure("no_credential", NO_CREDENTIAL);
  return sealed;
}
