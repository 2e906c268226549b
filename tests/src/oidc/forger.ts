import { createHmac, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An issuer that answers whatever it is told to: what an attacker, or a broken issuer, would send. */
export interface Forger extends AsyncDisposable {
  readonly url: string;
  /** What the token endpoint answers with next, and what is told of people beside it. */
  answer: { tokens: (claims: Claims) => object; userinfo: object };
  readonly sign: (claims: Claims, how?: Signing) => string;
  /** Bodies that the token endpoint was sent. */
  readonly asked: URLSearchParams[];
  /** Further fields of what the issuer says of itself. */
  metadata: object;
}

export type Claims = Record<string, unknown>;

export type Signing = { alg: "RS256"; key?: KeyObject } | { alg: "none" } | { alg: "HS256"; secret: string };

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const anotherKey = (): KeyObject => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

function signatureOf(text: string, how: Signing, own: KeyObject): string {
  if (how.alg === "none") return "";
  if (how.alg === "HS256") return createHmac("sha256", how.secret).update(text).digest("base64url");
  return createSign("sha256")
    .update(text)
    .sign(how.key ?? own, "base64url");
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

export async function startForger(client: string): Promise<Forger> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign: Forger["sign"] = (claims, how = { alg: "RS256" }) => {
    const text = `${part({ alg: how.alg, kid: "one" })}.${part(claims)}`;
    return `${text}.${signatureOf(text, how, privateKey)}`;
  };
  const forger: Forger = {
    ...{ url, sign, asked: [], metadata: {} },
    answer: { tokens: (claims) => ({ id_token: sign(claims) }), userinfo: {} },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
  const pages: Record<string, (request: IncomingMessage) => Promise<object> | object> = {
    "/.well-known/openid-configuration": () => ({
      issuer: url,
      ...{ authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks` },
      ...{ userinfo_endpoint: `${url}/me`, response_types_supported: ["code"] },
      ...forger.metadata,
    }),
    "/jwks": () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", use: "sig" }] }),
    "/me": () => forger.answer.userinfo,
    "/token": async (request) => {
      forger.asked.push(await formOf(request));
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: url, aud: client, sub: "ana", iat: now, exp: now + 300, groups: ["platform"] };
      return { access_token: "a", token_type: "Bearer", ...forger.answer.tokens(claims) };
    },
  };
  server.on("request", async (request, response) => {
    const page = pages[request.url ?? ""];
    response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify((await page?.(request)) ?? {}));
  });
  return forger;
}
