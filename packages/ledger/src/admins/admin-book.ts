/**
 * Who may use the admin API beside the key that the proxy was started with, and what whoever may has done. Kept beside
 * the books, in the same store, so that replicas share it; no call of an agent reads or writes any of it.
 */

/** What an admin key is for; each may do what the proxy says of it. */
export type AdminScope = "admin" | "operator" | "issuer" | "auditor";

export interface AdminKey {
  readonly id: string;
  /** Hex SHA-256 of the secret, which never enters the store. */
  readonly hash: string;
  readonly name: string;
  readonly scope: AdminScope;
  /** As JSON, of whoever uses the ledger: what a key that it issues may do at most. Null: it issues none, or is not bound. */
  readonly ceiling: string | null;
  /** How many keys it may issue in any hour; null: as many as it wants. */
  readonly keysPerHour: number | null;
  readonly createdAt: number;
  /** Null: never by itself. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** One request that wanted to change something. */
export interface AdminAction {
  readonly sequence: number;
  readonly id: string;
  readonly at: number;
  /** The admin key's id, or of whoever else may do it. */
  readonly byId: string;
  readonly byName: string;
  /** `vault-keys.revoke` … */
  readonly action: string;
  /** The id or name of what it is done to; known afterwards, when it was made by it. */
  readonly target: string | null;
  /** What was asked for, as JSON; without any secret. */
  readonly detail: string | null;
  /** What was answered; null while it is being done, or when the process died meanwhile: then nobody knows. */
  readonly status: number | null;
  readonly code: string | null;
  readonly remoteAddress: string;
}

export interface ActionFilter {
  readonly byId?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
}

/** Every method that changes something resolves when that is durable. */
export interface AdminBook {
  addKey(key: AdminKey): Promise<void>;
  findKey(hash: string): Promise<AdminKey | null>;
  /** Newest first, revoked ones too. */
  listKeys(): Promise<readonly AdminKey[]>;
  /** The first revocation's time stays. */
  revokeKey(id: string, at: number): Promise<void>;
  /** Written before it is done, so that nothing is done without a row. */
  beginAction(action: Omit<AdminAction, "sequence" | "status" | "code">): Promise<void>;
  endAction(id: string, ended: Pick<AdminAction, "target" | "status" | "code">): Promise<void>;
  /**
   * Counts an action that has begun as the issue of one key; false when its admin key has had `most` since `after`. Exact
   * however many ask at once, on however many replicas.
   */
  takeIssue(actionId: string, bound: { readonly after: number; readonly most: number }): Promise<boolean>;
  /** Whether an admin key has issued this vault key. */
  hasIssued(byId: string, vaultKeyId: string): Promise<boolean>;
  /** Newest first, from below a sequence on. */
  listActions(
    filter: ActionFilter,
    page: { readonly below: number | null; readonly limit: number },
  ): Promise<readonly AdminAction[]>;
}
