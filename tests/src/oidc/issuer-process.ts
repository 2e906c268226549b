/**
 * A real OpenID issuer, npm's `oidc-provider`, in a process of its own: it prints notices of its own, and nothing of it is
 * ours. Its people come by message, and may change while it runs.
 */
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import type { IssuerMessage } from "./issuer.ts";

let people: IssuerMessage["people"] = {};

// The name, so that it is another site than a proxy at 127.0.0.1.
const server = createServer().listen(0, "localhost");
await new Promise((resolve) => server.once("listening", resolve));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

process.on("message", ({ client, people: told }: IssuerMessage) => {
  people = told;
  if (client === undefined) return;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirectUri] },
        ...{ grant_types: ["authorization_code"], response_types: ["code"] },
      },
    ],
    scopes: ["openid", "email", "profile", "groups"],
    claims: {
      ...{ openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
      groups: ["groups"],
    },
    findAccount: (_context, id) =>
      people[id] === undefined
        ? undefined
        : { accountId: id, claims: () => Promise.resolve({ ...people[id], sub: id }) },
    cookies: { keys: ["a-key-of-a-test"] },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", kid: "one" } as never] },
  });
  const handle = provider.callback();
  server.removeAllListeners("request");
  server.on("request", (request, response) => void handle(request, response));
  process.send?.({ issuer });
});
