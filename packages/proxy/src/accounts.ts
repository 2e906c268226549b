import { createHash } from "node:crypto";
import { ProxyError } from "./proxy-error.ts";
import { type SharedUpstream, shareFairly } from "./upstream/fair-share.ts";
import type { Upstream } from "./upstream/upstream.ts";
import { createVendorClock, type VendorClock } from "./vendor-clock.ts";
import type { CredentialMode, Vendor } from "./vendors/vendor.ts";

/** The name of a vendor's only account. */
export const DEFAULT_ACCOUNT = "default";

/** A credential of a vendor, and the way to it. */
export interface AccountOptions {
  readonly vendor: Vendor;
  /** Closed with the proxy. */
  readonly upstream: Upstream;
  /** The real key that calls are forwarded with. */
  readonly credential: string;
  /** True: what answers is no vendor, so that its pages show nothing of what is made. */
  readonly isStandIn?: boolean;
}

/** An account as the proxy holds it. */
export interface Account {
  /** As keys, rows and claims write it. */
  readonly name: string;
  readonly vendor: Vendor;
  /** Shared between the account's vault keys. */
  readonly upstream: SharedUpstream;
  readonly clock: VendorClock;
  /** Of the credential: decides the prefix of the vault keys that are issued for it. */
  readonly mode: CredentialMode;
  readonly isStandIn: boolean;
  /** Of the credential: tells one from another, and nothing else. */
  readonly fingerprint: string;
  /** Of the credential: which of the vendor's accounts claims belong to (`CredentialKind.owner`). */
  readonly owner: string;
  /** A function, so that the credential is nowhere in an object that somebody prints. */
  readonly credential: () => string;
}

/** The accounts of a proxy, one for each vendor. */
export interface Accounts {
  /** Its vendor has the paths that begin with no vendor's name. */
  readonly root: Account;
  readonly byVendor: ReadonlyMap<string, Account>;
}

/**
 * The first one has the root. Throws `credential_invalid` for a credential that is none, and `accounts_invalid` for two
 * of one vendor: the calls of a key would go out under the other's credential.
 */
export function openAccounts(options: readonly [AccountOptions, ...AccountOptions[]]): Accounts {
  const open = ({ vendor, upstream, credential, isStandIn = false }: AccountOptions): Account => {
    const { mode, owner } = vendor.readCredential(credential);
    const fingerprint = createHash("sha256").update(credential).digest("hex").slice(0, 16);
    return {
      name: DEFAULT_ACCOUNT,
      vendor,
      upstream: shareFairly(upstream),
      clock: createVendorClock(),
      mode,
      isStandIn,
      owner,
      fingerprint,
      credential: () => credential,
    };
  };
  const [first, ...others] = options;
  const root = open(first);
  const byVendor = new Map([[root.vendor.name, root]]);
  for (const account of others.map(open)) {
    const { name, title } = account.vendor;
    if (byVendor.has(name))
      throw new ProxyError(
        "accounts_invalid",
        `A proxy holds one account of each vendor, not two of ${title}'s.`,
      );
    byVendor.set(name, account);
  }
  return { root, byVendor };
}

const FIRST_SEGMENT = /^\/{1,2}([a-z][a-z0-9-]*)(?:[/?]|$)/;

/** The account of the vendor that a request target belongs to. */
export function accountAt(accounts: Accounts, target: string): Account {
  const name = FIRST_SEGMENT.exec(target)?.[1];
  return (name === undefined ? undefined : accounts.byVendor.get(name)) ?? accounts.root;
}
