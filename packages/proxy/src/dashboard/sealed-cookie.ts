import type { KeyObject } from "node:crypto";
import { seal, unseal } from "../vault/sealed-box.ts";

/** A cookie whose value only this proxy, and its replicas, can make or read. Scripts see none of it. */
export interface SealedCookie {
  /** `Set-Cookie` that gives the browser the value, to be forgotten after so long; whoever reads it judges that for itself. */
  set(value: unknown, lastsMs: number, isSecure: boolean): string;
  /** What a request's `Cookie` header brings; null without the cookie, or when nobody here has sealed it. */
  read(cookies: string | undefined): unknown;
  /** `Set-Cookie` that takes it away. */
  clear(isSecure: boolean): string;
}

export interface SealedCookieOptions {
  readonly name: string;
  /** Whether a link of another site may bring it along: only what begins elsewhere and ends here needs that. */
  readonly sameSite: "Strict" | "Lax";
  readonly path: string;
  /** What it is, authenticated with it, so that no other box of the same key passes for one. */
  readonly what: string;
  readonly key: KeyObject;
  readonly random: (length: number) => Uint8Array;
}

/** Browsers keep 4096 bytes of a cookie, its name and attributes with it. */
const VALUE_LENGTH = 3800;

export function createSealedCookie(options: SealedCookieOptions): SealedCookie {
  const { name, sameSite, path, what, key, random } = options;
  const header = (value: string, seconds: number, isSecure: boolean): string =>
    `${name}=${value}; Path=${path}; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
  const found = new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{1,${VALUE_LENGTH}})(?:;|$)`);
  return {
    set(value, lastsMs, isSecure) {
      const box = Buffer.from(seal(JSON.stringify(value), what, key, random), "base64").toString("base64url");
      if (box.length > VALUE_LENGTH) throw new Error(`${name} is longer than browsers keep`);
      return header(box, lastsMs / 1000, isSecure);
    },
    read(cookies = "") {
      const box = found.exec(cookies)?.[1];
      if (box === undefined) return null;
      const text = unseal(Buffer.from(box, "base64url").toString("base64"), what, key);
      return text === null ? null : JSON.parse(text);
    },
    clear: (isSecure) => header("", 0, isSecure),
  };
}
