import { createHmac, createSecretKey } from "node:crypto";
import { LIMITS } from "../limits.ts";
import type { Person } from "./oidc/person.ts";
import { createSealedCookie } from "./sealed-cookie.ts";

/** Who a session is of: whoever gave an admin key, or a person whom the OpenID issuer has named. */
export type SignedIn = { readonly adminKey: string } | { readonly person: Person };

/** Sessions of the dashboard. Kept by nobody: the cookie holds whose it is, sealed, and its end. */
export interface Sessions {
  /** `Set-Cookie` for whoever signed in. Scripts do not see it, and no other site makes a browser send it. */
  begin(who: SignedIn, isSecure: boolean): string;
  /** Whose session a request's `Cookie` header brings; null without one, or when it has ended. */
  read(cookies: string | undefined): SignedIn | null;
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

type Session = SignedIn & { readonly endsAt: number };

export function createSessions({ bodyKey, deadline, random }: SessionDependencies): Sessions {
  const cookie = createSealedCookie({
    // Sent to the dashboard's own paths alone.
    ...{ name: "keybrake_session", path: "/app", sameSite: "Strict" },
    key: createSecretKey(createHmac("sha256", bodyKey).update("dashboard sessions").digest()),
    ...{ what: "dashboard session", random },
  });
  return {
    begin(who, isSecure) {
      const lasts = "person" in who ? LIMITS.personSessionMs : LIMITS.sessionMs;
      return cookie.set({ ...who, endsAt: deadline() + lasts } satisfies Session, lasts, isSecure);
    },
    read(cookies) {
      const session = cookie.read(cookies) as Session | null;
      return session !== null && deadline() < session.endsAt ? session : null;
    },
    end: cookie.clear,
  };
}
