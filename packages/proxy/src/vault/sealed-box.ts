import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/**
 * AES-256-GCM (NIST SP 800-38D): 12 random bytes of nonce, 16 bytes of tag, base64. What the
 * text is (a vendor's credential, an answer) is authenticated with it, so that it cannot be passed off as another.
 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const MASTER_KEY_BYTES = 32;

export function seal(
  text: string,
  what: string,
  key: Uint8Array | KeyObject,
  random: (length: number) => Uint8Array,
): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(what));
  const sealed = cipher.update(text, "utf8");
  // A mode that streams: nothing is left for the end.
  cipher.final();
  const box = Buffer.allocUnsafe(NONCE_BYTES + TAG_BYTES + sealed.length);
  box.set(nonce, 0);
  box.set(cipher.getAuthTag(), NONCE_BYTES);
  box.set(sealed, NONCE_BYTES + TAG_BYTES);
  return box.toString("base64");
}

/** Null when the box was made with another key, for something else, or was changed. */
export function unseal(box: string, what: string, key: Uint8Array | KeyObject): string | null {
  const bytes = Buffer.from(box, "base64");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(what));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString("utf8");
  } catch {
    return null;
  }
}
