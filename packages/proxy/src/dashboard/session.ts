import { createHmac, createSecretKey } from "node:crypto";
import { LIMITS } from "../limits.ts";
import { seal, unseal } from "../vault/sealed-box.ts";

/** The cookie's name; it is sent to the dashboard's own paths alone. */
const NAME = "keybrake_session";
const WHAT = "dashboard session";

/** Sessions of people who signed in with an admin key. Kept by nobody: the cookie holds the key, sealed, and its end. */
export interface Sessions {
  /** `Set-Cookie` for whoever gave the key. Scripts do not see it, and no other site makes a browser send it. */
  begin(adminKey: string, isSecure: boolean): string;
  /** The admin key of a request's `Cookie` header; null without a session, or when it has ended. */
  read(cookies: string | undefined): string | null;
  /** `Set-Cookie` that ends it. */
  end(isSecure: boolean): string;
}

export interface SessionDependencies {
  /** 32 bytes, the same for all replicas. */
  readonly bodyKey: Uint8Array;
  /** Ends sessions: the later of both clocks. */
  readonly deadline: () => number;
  readonly random: (length: number) => Uint8Array;
}

export function createSessions({ bodyKey, deadline, random }: SessionDependencies): Sessions {
  const key = createSecretKey(createHmac("sha256", bodyKey).update("dashboard sessions").digest());
  const cookie = (value: string, seconds: number, isSecure: boolean): string =>
    `${NAME}=${value}; Path=/app; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
  return {
    begin(adminKey, isSecure) {
      const session = { adminKey, endsAt: deadline() + LIMITS.sessionMs };
      const box = seal(JSON.stringify(session), WHAT, key, random);
      return cookie(Buffer.from(box, "base64").toString("base64url"), LIMITS.sessionMs / 1000, isSecure);
    },
    read(cookies = "") {
      const value = new RegExp(`(?:^|;\\s*)${NAME}=([A-Za-z0-9_-]{1,2000})(?:;|$)`).exec(cookies)?.[1];
      if (value === undefined) return null;
      const text = unseal(Buffer.from(value, "base64url").toString("base64"), WHAT, key);
      if (text === null) return null;
      const { adminKey, endsAt } = JSON.parse(text) as { adminKey: string; endsAt: number };
      return deadline() < endsAt ? adminKey : null;
    },
    end: (isSecure) => cookie("", 0, isSecure),
  };
}
