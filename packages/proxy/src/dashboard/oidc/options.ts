import { ProxyError } from "../../proxy-error.ts";

/** What a person may do, as an admin key of the same scope. Nobody issues by group: an issuer needs a ceiling. */
export type PersonScope = "admin" | "operator" | "auditor";

/** The OpenID Connect issuer whose people sign in to the dashboard. */
export interface OidcOptions {
  /** As its tokens name it: https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** None for a public client, which has PKCE alone. */
  readonly clientSecret?: string | undefined;
  /** What the members of each group may do; of several, the widest. Whoever is in none is refused. */
  readonly groups: Readonly<Record<string, PersonScope>>;
  /** The claim that names a person's groups, in the ID token or in what the issuer tells beside it; `groups` unless told. */
  readonly groupsClaim?: string | undefined;
}

/** A session's cookie names some of its person's groups. */
const GROUP_BYTES = 200;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function isPrivate(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(address);
  if (`${search}${hash}${username}${password}` !== "") return false;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
}

/** Throws `oidc_invalid` for what could not work, or would send secrets in clear. Nothing is sent. */
export function checkOidc({ issuer, clientId, groups }: OidcOptions, publicUrl: string | undefined): void {
  const wrong = (message: string) => new ProxyError("oidc_invalid", message);
  if (!isPrivate(issuer))
    throw wrong(
      "The OpenID issuer must be a URL such as https://login.example.com: https, or http on this machine.",
    );
  if (clientId === "") throw wrong("The OpenID client needs an id.");
  if (Object.keys(groups).length === 0) throw wrong("No group may sign in: name one with its scope.");
  if (Object.keys(groups).some((name) => Buffer.byteLength(name) > GROUP_BYTES))
    throw wrong(`The name of a group may have ${GROUP_BYTES} bytes.`);
  if (publicUrl === undefined || new URL(publicUrl).origin !== publicUrl)
    throw wrong(
      "Signing in by OpenID needs the address at which people reach the proxy, without a path (KEYBRAKE_PUBLIC_URL): the issuer sends them back there.",
    );
}
