import { createHash } from "node:crypto";
import type { AdminKey, AdminScope, Ledger } from "@keybrake/ledger";
import { bearerCheck } from "../bearer.ts";

/** Whoever asks something of the admin API. */
export interface Admin {
  /** `root` for the key that the proxy was started with, `oidc:…` for a person. */
  readonly id: string;
  readonly name: string;
  readonly scope: AdminScope;
  /** Null for the root key, and for a person who has signed in to the dashboard. */
  readonly key: AdminKey | null;
}

const ROOT: Admin = { id: "root", name: "KEYBRAKE_ADMIN_KEY", scope: "admin", key: null };

export const isRoot = (adminId: string): boolean => adminId === ROOT.id;

const ADMIN_KEY = /^Bearer (kbadmin_[A-Za-z0-9_-]{43})$/i;

/** A new secret: 256 random bits, so that a plain hash of it suffices. */
export function makeAdminKeySecret(random: (length: number) => Uint8Array): string {
  return `kbadmin_${Buffer.from(random(32)).toString("base64url")}`;
}

export function hashAdminKey(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * Who sends an Authorization header; null for whoever may not. The root key is compared first and always in the same
 * time; a made key is looked up by its hash, of which nobody can choose the beginning.
 */
export function createWho(
  { admins }: Pick<Ledger, "admins">,
  adminKey: string,
): (authorization: string | undefined, now: number) => Promise<Admin | null> {
  const isRoot = bearerCheck([adminKey]);
  return async (authorization, now) => {
    if (isRoot(authorization)) return ROOT;
    const secret = ADMIN_KEY.exec(authorization ?? "")?.[1];
    if (secret === undefined) return null;
    const key = await admins.findKey(hashAdminKey(secret));
    if (key === null || key.revokedAt !== null) return null;
    if (key.expiresAt !== null && now >= key.expiresAt) return null;
    return { id: key.id, name: key.name, scope: key.scope, key };
  };
}
