import type { Configuration } from "openid-client";
import { LIMITS } from "../../limits.ts";
import type { OidcOptions } from "./options.ts";
import type { Claims } from "./person.ts";

/** What one sign-in is bound to: the browser keeps it, sealed, while its person is at the issuer. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The OpenID issuer, asked over the network. */
export interface Issuer {
  newSecrets(): Promise<SignInSecrets>;
  /** Where the browser is sent. Rejects when the issuer does not answer as one. */
  addressOf(secrets: SignInSecrets, redirectUri: string): Promise<URL>;
  /**
   * Redeems the code with which the browser came back (`callback`) and says who it is. Rejects, with an error of
   * openid-client, unless state, PKCE, and of the ID token signature, issuer, audience, nonce and times are right.
   */
  claimsOf(callback: URL, secrets: SignInSecrets): Promise<Claims>;
}

/** Asked for when the issuer lists them; some refuse what they do not know. */
const SCOPES = ["email", "profile", "groups"];

/** OpenID Connect Core 1.0, section 2. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** The library is loaded by the first sign-in, and the issuer's addresses are read anew once an hour. */
export function createIssuer(options: OidcOptions, clock: () => number): Issuer {
  const { clientId, groupsClaim = "groups" } = options;
  let found: { readonly at: number; readonly configuration: Promise<Configuration> } | null = null;

  function discover(): Promise<Configuration> {
    const now = clock();
    if (found !== null && now - found.at < LIMITS.issuerKnownMs) return found.configuration;
    const looked = { at: now, configuration: discovered(options) };
    found = looked;
    // What failed is asked for again by the next one.
    looked.configuration.catch(() => {
      if (found === looked) found = null;
    });
    return looked.configuration;
  }

  return {
    async newSecrets() {
      const { randomNonce, randomPKCECodeVerifier, randomState } = await import("openid-client");
      return { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    },
    async addressOf({ state, nonce, verifier }, redirectUri) {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import("openid-client");
      const configuration = await discover();
      const { scopes_supported: listed = ["email", "profile"] } = configuration.serverMetadata();
      return buildAuthorizationUrl(configuration, {
        ...{ client_id: clientId, redirect_uri: redirectUri, response_type: "code", state, nonce },
        scope: ["openid", ...SCOPES.filter((scope) => listed.includes(scope))].join(" "),
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
    },
    async claimsOf(callback, { state, nonce, verifier }) {
      const { authorizationCodeGrant, fetchUserInfo } = await import("openid-client");
      const configuration = await discover();
      const tokens = await authorizationCodeGrant(configuration, callback, {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      });
      const claims = tokens.claims();
      if (claims === undefined || !SUBJECT.test(claims.sub)) throw new Error("nobody is named");
      // Many issuers keep the token small, and tell the rest to whoever has the access token.
      const isTold = claims[groupsClaim] !== undefined || !configuration.serverMetadata().userinfo_endpoint;
      return isTold
        ? claims
        : { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
    },
  };
}

async function discovered({ issuer, clientId, clientSecret }: OidcOptions): Promise<Configuration> {
  const oidc = await import("openid-client");
  const address = new URL(issuer);
  const basic = oidc.ClientSecretBasic(clientSecret);
  const inBody = oidc.ClientSecretPost(clientSecret);
  const configuration = await oidc.discovery(
    address,
    clientId,
    clientSecret,
    clientSecret === undefined
      ? oidc.None()
      : (server, ...rest) => {
          // What an issuer takes that says nothing (OpenID Connect Discovery 1.0, section 3).
          const { token_endpoint_auth_methods_supported: taken = ["client_secret_basic"] } = server;
          return (taken.includes("client_secret_basic") ? basic : inBody)(server, ...rest);
        },
    {
      timeout: LIMITS.issuerMs / 1000,
      execute: address.protocol === "http:" ? [oidc.allowInsecureRequests] : [],
    },
  );
  // By itself the library believes an unsigned token that came over TLS.
  oidc.enableNonRepudiationChecks(configuration);
  return configuration;
}
