import { hash } from "node:crypto";
import type { CredentialMode } from "./vendors/vendor.ts";

/** `sim`: a simulate key; `live` and `test` say which kind of credential stands behind it. */
export type VaultKeyMode = CredentialMode | "sim";

const SECRET_BYTES = 32;
const VAULT_KEY = /^vk_(?:live|test|sim)_[A-Za-z0-9_-]{43}$/;

/** A new secret: 256 random bits. It is shown once and never stored. */
export function makeVaultKeySecret(mode: VaultKeyMode, random: (length: number) => Uint8Array): string {
  return `vk_${mode}_${Buffer.from(random(SECRET_BYTES)).toString("base64url")}`;
}

/**
 * Whether the key may be used with a credential of this mode: one that was issued for play must not move real
 * money when the proxy is started again with a live credential.
 */
export function fitsMode(secret: string, mode: CredentialMode): boolean {
  return secret.startsWith(`vk_${mode}_`) || secret.startsWith("vk_sim_");
}

/**
 * Hex SHA-256, which is what the ledger stores. A plain hash suffices: 256 random bits cannot be guessed, so
 * a slow password hash would only slow down every call.
 */
export function hashVaultKey(secret: string): string {
  return hash("sha256", secret);
}

/** Whether the text has the form of a vault key. */
export function isVaultKeySecret(text: string): boolean {
  return VAULT_KEY.test(text);
}

/**
 * The key in an Authorization header, of whatever form: `Bearer <key>`, or `Basic` with the key as user name and an
 * empty password, as Stripe takes its own keys (docs.stripe.com/api/authentication), or with a vault key as password,
 * where a vendor's clients put their secret. Null when there is none.
 */
export function readBearer(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const separator = authorization.indexOf(" ");
  const scheme = authorization.slice(0, separator).toLowerCase();
  const value = authorization.slice(separator + 1).trim();
  if (value === "") return null;
  if (scheme === "bearer") return value;
  if (scheme !== "basic") return null;
  const decoded = Buffer.from(value, "base64").toString("latin1");
  if (decoded.endsWith(":")) return decoded.slice(0, -1);
  const separatorAt = decoded.indexOf(":");
  const [user, password] = [decoded.slice(0, separatorAt), decoded.slice(separatorAt + 1)];
  return user !== "" && !isVaultKeySecret(user) && isVaultKeySecret(password) ? password : null;
}

/** The vault key in an Authorization header; null when there is none of the right form. A vendor's own key never is. */
export function readVaultKey(authorization: string | undefined): string | null {
  const text = readBearer(authorization);
  return text !== null && isVaultKeySecret(text) ? text : null;
}
