import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  closedPortUrl,
  NO_WAIT,
  type Reply,
  startScriptedServer,
  stripeErrorReply,
  VAULT_KEY,
} from "../../test/scripted-server.ts";
import { selfSigned } from "../../test/self-signed.ts";
import { createAdminClient } from "../admin/admin-client.ts";
import type { Outcome } from "../outcome.ts";
import type { FetchLike } from "../wire/environment.ts";
import { createToolset } from "./toolset.ts";

const open: (Server | HttpsServer)[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const server of open.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
});

async function listen(server: Server | HttpsServer): Promise<string> {
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A TLS server that counts the requests which got through to it. */
async function tlsServer(certificate: { readonly key: string; readonly cert: string }) {
  const seen: string[] = [];
  const server = createHttpsServer(certificate, (request, response) => {
    seen.push(request.url ?? "");
    response.end("{}");
  });
  return { address: await listen(server), seen };
}

/** A server that does this with whatever is sent to it first. */
function rawServer(answer: (socket: Socket) => void): Promise<string> {
  return listen(
    createServer((socket) => void socket.on("error", () => {}).once("data", () => answer(socket))),
  );
}

function charge(proxyUrl: string, fetch?: FetchLike): Promise<Outcome> {
  const [tool] = createToolset("billing", { vaultKey: VAULT_KEY, proxyUrl, runtime: NO_WAIT, fetch }).tools;
  if (tool === undefined) throw new Error("no tool");
  return tool.execute({ customer_id: "cus_1", amount_cents: 2900 });
}

/** A `fetch` that fails as Node's does. */
const failing = (cause: unknown) => async () => {
  throw new TypeError("fetch failed", { cause });
};

async function expectNothingSent(proxyUrl: string, words: RegExp, fetch?: FetchLike): Promise<void> {
  const outcome = await charge(proxyUrl, fetch);
  expect(outcome).toMatchObject({ ok: false, final: false, code: "proxy_unreachable" });
  expect(outcome.message).toContain(`The proxy at ${proxyUrl} cannot be reached, and nothing was `);
  expect(outcome.message).toMatch(words);
  expect(outcome.message).toMatch(/For a person: .*[Cc]alling again .* cannot charge or refund twice/);
}

describe("certainly nothing was sent, and the address, the cause and what to do are said", () => {
  test.each([
    [
      "a certificate that is not trusted",
      {},
      /not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/,
    ],
    ["one that has expired", { expiresInDays: -1 }, /\((?:CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT)\)/],
  ])("%s", async (_what, options, words) => {
    const { address, seen } = await tlsServer(selfSigned(options));
    await expectNothingSent(`https://${address}`, words);
    expect(seen).toEqual([]);
  });

  test("https to a port that speaks http", async () => {
    const server = await startScriptedServer();
    server.answer({ body: {} });
    await expectNothingSent(
      server.url.replace("http:", "https:"),
      /does not speak TLS \(ERR_SSL_WRONG_VERSION_NUMBER\).*http:\/\//,
    );
    expect(server.requests).toEqual([]);
    await server.close();
  });

  test("http to a port that answers with a TLS alert: it cannot have read the request", async () => {
    const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
    const address = await rawServer((socket) => socket.end(alert));
    await expectNothingSent(
      `http://${address}`,
      /nothing was carried out: what listens there speaks TLS.*https:\/\//,
    );
  });

  test("a port on which nothing listens", async () => {
    await expectNothingSent(await closedPortUrl(), /nothing listens there \(ECONNREFUSED\).*start the proxy/);
  });

  test("every address of a name refuses", async () => {
    const errors = [{ code: "ECONNREFUSED" }, { code: "ECONNREFUSED" }];
    await expectNothingSent("http://here.invalid", /nothing listens there/, failing({ errors }));
  });

  test("a name without an address", async () => {
    await expectNothingSent(
      "http://here.invalid",
      /no address \(ENOTFOUND\)/,
      failing({ code: "ENOTFOUND" }),
    );
  });

  test("a port that fetch does not connect to", async () => {
    await expectNothingSent("http://127.0.0.1:6000", /fetch refuses this port/);
  });
});

describe("not certain: the outcome stays unknown", () => {
  test("http to a TLS port that closes without a word, as a proxy that died would", async () => {
    const { address } = await tlsServer(selfSigned());
    const outcome = await charge(`http://${address}`);
    expect(outcome).toMatchObject({ ok: false, code: "outcome_unknown" });
    expect(outcome.message).toMatch(/connection was lost \(\w+\).*if the port expects TLS.*https:\/\//);
  });

  test.each([
    ["half an answer", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
    ["no HTTP", "hello\r\n"],
  ])("%s", async (_what, answer) => {
    const address = await rawServer((socket) => socket.end(answer));
    expect(await charge(`http://${address}`)).toMatchObject({ ok: false, code: "outcome_unknown" });
  });

  test.each([
    ["a code that stands for more than connecting", { code: "ECONNRESET" }],
    [
      "one of several addresses that may have been reached",
      { errors: [{ code: "ECONNREFUSED" }, { code: "ECONNRESET" }] },
    ],
    ["no cause", undefined],
  ])("%s", async (_what, cause) => {
    expect(await charge("http://127.0.0.1:1", failing(cause))).toMatchObject({ code: "outcome_unknown" });
  });
});

describe("another server in the proxy's place is said to be one", () => {
  const page = "<!DOCTYPE html><html><title>Not found</title></html>";
  const alien: [string, Reply, string][] = [
    ["a page that is not found", { status: 404, text: page }, "not_keybrake"],
    ["a page that forbids", { status: 403, text: page }, "not_keybrake"],
    ["a page that wants a login", { status: 401, text: page }, "not_keybrake"],
    ["JSON of another service", { status: 404, body: { detail: "Not Found" } }, "not_keybrake"],
    ["a text", { status: 405, text: "Method Not Allowed" }, "not_keybrake"],
    ["a page that wants money", { status: 402, text: page }, "not_keybrake"],
    ["a page instead of a charge", { status: 200, text: page }, "outcome_unknown"],
    ["a busy gateway", { status: 503, text: page }, "outcome_unknown"],
    ["a gateway that counts", { status: 429, text: page }, "rate_limited"],
    ["a login elsewhere", { status: 302, text: page, headers: { location: "/login" } }, "outcome_unknown"],
  ];
  test.each(alien)("%s", async (_what, reply, code) => {
    const server = await startScriptedServer();
    server.answer(reply);
    const outcome = await charge(server.url);
    expect(outcome).toMatchObject({ ok: false, code });
    expect(outcome.message).toContain(`What answers at ${server.url} is not a Keybrake proxy: HTTP `);
    await server.close();
  });

  test("but an error in Stripe's shape is not", async () => {
    const server = await startScriptedServer();
    server.answer(stripeErrorReply(403, { message: "No permission." }));
    expect(await charge(server.url)).toMatchObject({
      code: "operation_not_allowed",
      message: expect.stringMatching(/^No permission\. Stop/),
    });
    await server.close();
  });
});

test("the admin client says the same", async () => {
  const { address } = await tlsServer(selfSigned());
  const proxyUrl = `https://${address}`;
  const admin = createAdminClient({ proxyUrl, adminKey: "admin_0123456789abcdef", runtime: NO_WAIT });
  await expect(admin.vaultKeys.list()).rejects.toMatchObject({
    code: "network_error",
    message: expect.stringMatching(
      /^The proxy at https:.* cannot be reached, and nothing was sent: its certificate/,
    ),
  });
});
