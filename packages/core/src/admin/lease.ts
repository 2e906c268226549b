import type { IssuedVaultKey } from "./admin-types.ts";

/**
 * A vault key for one scope: `await using lease = await admin.leaseVaultKey(…)` revokes it at the scope's
 * end. Whatever prints or copies the lease shows its id and name; the key comes out through `vaultKey` only.
 */
export interface VaultKeyLease extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** The secret. Not enumerable: no spread, JSON or inspection carries it along. */
  readonly vaultKey: string;
  /** Revokes the key; once it resolved, every later call is refused. Again: does nothing. Throws `KeybrakeError`. */
  readonly revoke: () => Promise<void>;
}

/** Wraps an issued key. `revoke` is called at most once successfully. */
export function makeLease(issued: IssuedVaultKey, revoke: (id: string) => Promise<unknown>): VaultKeyLease {
  const { id, name, expires_at: expiresAt, vault_key: vaultKeySecret } = issued;
  let revoked: Promise<void> | undefined;
  const revokeOnce = (): Promise<void> => {
    revoked ??= revoke(id).then(
      () => {},
      (error: unknown) => {
        // A failed revocation may be tried again.
        revoked = undefined;
        throw error;
      },
    );
    return revoked;
  };
  const shown = { id, name, expiresAt };
  const hidden = (value: unknown): PropertyDescriptor => ({ value, enumerable: false });
  const lease = Object.defineProperties(
    { ...shown },
    {
      vaultKey: { get: () => vaultKeySecret, enumerable: false },
      revoke: hidden(revokeOnce),
      toJSON: hidden(() => shown),
      [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: hidden(revokeOnce),
      // Node's util.inspect would call the getter when it is asked to show getters.
      [Symbol.for("nodejs.util.inspect.custom")]: hidden(() => shown),
    },
  );
  return Object.freeze(lease) as VaultKeyLease;
}
