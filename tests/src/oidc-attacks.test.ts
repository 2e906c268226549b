import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProxyError, type OidcOptions, startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "./oidc/browser.ts";
import { anotherKey, type Claims, type Forger, startForger } from "./oidc/forger.ts";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

/*
 * What somebody would try who wants a session of the dashboard: the issuer here answers whatever the attack needs.
 */

const OWN = { "x-keybrake-dashboard": "1" };
const PUBLIC = "https://keybrake.example.com";
const CLIENT = "keybrake";
const SECRET = "a-secret-of-the-client";

let forger: Forger;
let stack: Stack;
beforeAll(async () => {
  forger = await startForger(CLIENT);
  stack = await startStack({ publicUrl: PUBLIC, oidc: settings() });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await forger[Symbol.asyncDispose]();
});

function settings(more: Partial<OidcOptions> = {}): OidcOptions {
  const groups = { platform: "admin", finance: "operator" } as const;
  return { issuer: forger.url, clientId: CLIENT, clientSecret: SECRET, groups, ...more };
}

interface SetOut {
  readonly browser: Browser;
  readonly state: string;
  readonly nonce: string;
}

/** A browser that was sent to the issuer, which answers as it should until told otherwise. */
async function setOut(url = stack.url): Promise<SetOut> {
  // Each attack has its tries for itself.
  stack.advance(60_000);
  const browser = new Browser({ [PUBLIC]: url });
  const answer = await browser.send(`${PUBLIC}/app/oidc`);
  const sent = new URL(answer.headers.get("location") ?? "").searchParams;
  const [state, nonce] = [sent.get("state") ?? "", sent.get("nonce") ?? ""];
  forger.answer = { tokens: (claims) => ({ id_token: forger.sign({ ...claims, nonce }) }), userinfo: {} };
  return { browser, state, nonce };
}

/** What comes of a return with this query: the status, and whose session there is then. */
async function comeBack(browser: Browser, query: Record<string, string>) {
  const answer = await browser.send(`${PUBLIC}/app/oidc/callback?${new URLSearchParams(query)}`);
  await answer.body?.cancel();
  const me = await browser.send(`${PUBLIC}/app/api/me`);
  const { id, name, scope } = (await me.json()) as { id: string; name: string; scope: string };
  const by = me.status === 200 ? { id, name, scope } : null;
  return { status: answer.status, by, to: answer.headers.get("location") };
}

const REFUSED = { status: 400, by: null, to: null };

test("what is right passes, with the code redeemed once by PKCE and the client's secret", async () => {
  const { browser, state } = await setOut();
  const came = await comeBack(browser, { code: "one", state });
  expect(came).toEqual({ status: 302, by: { id: "oidc:ana", name: "ana", scope: "admin" }, to: "/app" });
  const asked = forger.asked.at(-1) as URLSearchParams;
  expect(Object.fromEntries(asked)).toMatchObject({
    code: "one",
    redirect_uri: `${PUBLIC}/app/oidc/callback`,
  });
  expect(asked.get("code_verifier")?.length).toBe(43);
});

describe("a return that this browser did not set out for", () => {
  test.each([
    ["with another state", { code: "one", state: "x".repeat(43) }],
    ["without a state", { code: "one" }],
    ["with an issuer that it was not sent to", { code: "one", iss: "https://elsewhere.example" }],
    ["with two states", null],
  ])("%s", async (_what, query) => {
    const { browser, state } = await setOut();
    const before = forger.asked.length;
    if (query === null) {
      const answer = await browser.send(`${PUBLIC}/app/oidc/callback?code=one&state=${state}&state=${state}`);
      expect(answer.status).toBe(400);
    } else expect(await comeBack(browser, "iss" in query ? { ...query, state } : query)).toEqual(REFUSED);
    // The code was not even shown to the issuer.
    expect(forger.asked.length).toBe(before);
  });

  test("in another browser, whether it set out itself or not: nobody is signed in as somebody else", async () => {
    const attacker = await setOut();
    const victim = await setOut();
    expect(await comeBack(victim.browser, { code: "one", state: attacker.state })).toEqual(REFUSED);
    const fresh = new Browser({ [PUBLIC]: stack.url });
    expect(await comeBack(fresh, { code: "one", state: attacker.state })).toEqual(REFUSED);
  });

  test("twice, or too late", async () => {
    const { browser, state } = await setOut();
    const cookie = browser.cookiesFor(new URL(`${PUBLIC}/app/oidc`));
    forger.answer.tokens = () => ({ error: "invalid_grant" });
    expect((await comeBack(browser, { code: "used", state })).status).toBe(400);
    expect(browser.cookiesFor(new URL(`${PUBLIC}/app/oidc`))).toBe("");
    const late = await setOut();
    stack.advance(10 * 60_000);
    expect(await comeBack(late.browser, { code: "one", state: late.state })).toEqual(REFUSED);
    expect(cookie).toMatch(/^keybrake_sign_in=/);
  });

  test("after the issuer said no", async () => {
    const { browser, state } = await setOut();
    const words = { error: "access_denied", error_description: "<script>alert(1)</script>" };
    expect(await comeBack(browser, { ...words, state })).toEqual(REFUSED);
  });
});

describe("a token that is not to be believed", () => {
  type Forged = (claims: Claims, nonce: string) => object;
  const signed = (claims: Claims, how?: Parameters<Forger["sign"]>[1]) => ({
    id_token: forger.sign(claims, how),
  });
  const longAgo = Math.floor(Date.now() / 1000) - 3600;
  const forged: Readonly<Record<string, Forged>> = {
    "none at all": () => ({}),
    "of another sign-in": (claims) => signed({ ...claims, nonce: "x".repeat(43) }),
    "without a nonce": (claims) => signed(claims),
    "of another issuer": (claims, nonce) => signed({ ...claims, nonce, iss: "https://login.example.com" }),
    "for another client": (claims, nonce) => signed({ ...claims, nonce, aud: "another" }),
    "for others too, and given to one of them": (claims, nonce) =>
      signed({ ...claims, nonce, aud: [CLIENT, "another"], azp: "another" }),
    expired: (claims, nonce) => signed({ ...claims, nonce, iat: longAgo, exp: longAgo + 60 }),
    "that never ends": ({ exp: _, ...claims }, nonce) => signed({ ...claims, nonce }),
    "of nobody": ({ sub: _, ...claims }, nonce) => signed({ ...claims, nonce }),
    "of somebody whom no row could name": (claims, nonce) => signed({ ...claims, nonce, sub: "ana\0" }),
    "of a very long name": (claims, nonce) => signed({ ...claims, nonce, sub: "a".repeat(256) }),
    unsigned: (claims, nonce) => signed({ ...claims, nonce }, { alg: "none" }),
    "signed by another key": (claims, nonce) =>
      signed({ ...claims, nonce }, { alg: "RS256", key: anotherKey() }),
    "signed with the client's secret": (claims, nonce) =>
      signed({ ...claims, nonce }, { alg: "HS256", secret: SECRET }),
    "changed after it was signed": (claims, nonce) => {
      const [head, , signature] = forger.sign({ ...claims, nonce, groups: [] }).split(".");
      const [, body] = forger.sign({ ...claims, nonce }).split(".");
      return { id_token: `${head}.${body}.${signature}` };
    },
  };

  test.each(Object.entries(forged))("%s", async (_what, tokens) => {
    const { browser, state, nonce } = await setOut();
    forger.answer.tokens = (claims) => tokens(claims, nonce);
    expect(await comeBack(browser, { code: "one", state })).toEqual(REFUSED);
  });

  test("also when the issuer says that it signs nothing", async () => {
    forger.metadata = { id_token_signing_alg_values_supported: ["none", "RS256"] };
    onTestFinished(() => {
      forger.metadata = {};
    });
    // What it says of itself is read anew.
    stack.advance(3_600_000);
    const { browser, state, nonce } = await setOut();
    forger.answer.tokens = (claims) => signed({ ...claims, nonce }, { alg: "none" });
    expect(await comeBack(browser, { code: "one", state })).toEqual(REFUSED);
    stack.advance(3_600_000);
  });
});

describe("groups", () => {
  const withGroups = async (groups: unknown, userinfo: object = {}) => {
    const { browser, state, nonce } = await setOut();
    forger.answer = {
      tokens: (claims) => ({ id_token: forger.sign({ ...claims, nonce, groups }) }),
      userinfo,
    };
    const { status, by } = await comeBack(browser, { code: "one", state });
    return [status, by?.scope ?? null];
  };

  test.each([
    ["a name alone", "platform", [302, "admin"]],
    ["one that sounds like it", ["Platform", "platform ", "platform,finance"], [403, null]],
    ["what is no name", [{ name: "platform" }, ["platform"], null, 1], [403, null]],
    ["an object", { platform: true }, [403, null]],
    ["a name of every object", ["constructor", "__proto__", "toString"], [403, null]],
    ["very many", [...Array.from({ length: 5000 }, (_, n) => `g${n}`), "finance"], [302, "operator"]],
  ])("%s", async (_what, groups, expected) => {
    expect(await withGroups(groups)).toEqual(expected);
  });

  test("are asked for where the token has none, and of nobody else", async () => {
    expect(await withGroups(undefined, { sub: "ana", groups: ["finance"] })).toEqual([302, "operator"]);
    expect(await withGroups(undefined, { sub: "ole", groups: ["platform"] })).toEqual([400, null]);
    // What is signed counts before what is told.
    expect(await withGroups(["staff"], { sub: "ana", groups: ["platform"] })).toEqual([403, null]);
  });
});

test("a name is shown on one line, and is not the one who is written down", async () => {
  const { browser, state, nonce } = await setOut();
  const name = "root\n\u202eKEYBRAKE_ADMIN_KEY";
  forger.answer.tokens = (claims) => ({ id_token: forger.sign({ ...claims, nonce, name, sub: "root" }) });
  const { by } = await comeBack(browser, { code: "one", state });
  expect(by).toEqual({ id: "oidc:root", name: "root  KEYBRAKE_ADMIN_KEY", scope: "admin" });
});

test("nothing leads away from the dashboard, or back to the door", async () => {
  const places: readonly (readonly [string, string])[] = [
    ["/app/runs/run%3A1?agent=june", "/app/runs/run%3A1?agent=june"],
    ["/app/runs/a.b", "/app/runs/a.b"],
    ...[
      ...[
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
      ],
      ...[
        "/app/../admin",
        "/app/%2e%2e/admin",
        "/app//evil.example/..",
        "/application",
        "/app\r\nset-cookie: a=b",
      ],
      ...[
        "/app@evil.example",
        "/app/oidc",
        "/app/oidc/callback?code=1",
        "/app/api/vault-keys",
        "/app/session",
        "",
      ],
      `/app/${"x".repeat(2000)}`,
    ].map((to) => [to, "/app"] as const),
  ];
  stack.advance(60_000);
  for (const [asked, expected] of places) {
    const browser = new Browser({ [PUBLIC]: stack.url });
    const answer = await browser.send(`${PUBLIC}/app/oidc?to=${encodeURIComponent(asked)}`);
    const sent = new URL(answer.headers.get("location") ?? "").searchParams;
    const nonce = sent.get("nonce");
    forger.answer.tokens = (claims) => ({ id_token: forger.sign({ ...claims, nonce }) });
    const { to } = await comeBack(browser, { code: "one", state: sent.get("state") ?? "" });
    expect(to, asked).toBe(expected);
  }
});

test("another site's page cannot set a browser out, and an address has a rate", async () => {
  stack.advance(60_000);
  const foreign = { headers: { "sec-fetch-site": "cross-site" } };
  const answer = await fetch(`${stack.url}/app/oidc`, { ...foreign, redirect: "manual" });
  expect([answer.status, answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([
    403,
    null,
    [],
  ]);
  for (const method of ["POST", "PUT", "DELETE"])
    expect((await fetch(`${stack.url}/app/oidc`, { method, headers: OWN })).status, method).toBe(405);
  stack.advance(60_000);
  const tries = Array.from({ length: 61 }, () => fetch(`${stack.url}/app/oidc/callback?code=guess&state=x`));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 400).length).toBe(60);
  expect(statuses.filter((status) => status === 429).length).toBe(1);
  // Whoever has an admin key comes in all the while.
  const byKey = { method: "POST", headers: OWN, body: JSON.stringify({ admin_key: stack.adminKey }) };
  expect((await fetch(`${stack.url}/app/session`, byKey)).status).toBe(204);
});

test("a session's cookie is no sign-in's, nor the other way round, and a person has no key that could be sent", async () => {
  const { browser, state } = await setOut();
  const [, begun = ""] = browser.cookiesFor(new URL(`${PUBLIC}/app/oidc`)).split("=");
  await comeBack(browser, { code: "one", state });
  const session = browser.cookiesFor(new URL(`${PUBLIC}/app`)).split("=")[1] ?? "";
  const status = async (path: string, headers: Record<string, string>) =>
    (await fetch(`${stack.url}${path}`, { headers, redirect: "manual" })).status;
  const list = "/app/api/vault-keys";
  expect(await status(list, { cookie: `keybrake_session=${session}` })).toBe(200);
  expect(await status(list, { cookie: `keybrake_session=${begun}` })).toBe(401);
  const back = `/app/oidc/callback?code=one&state=${state}`;
  expect(await status(back, { cookie: `keybrake_sign_in=${session}` })).toBe(400);
  for (const header of [`Bearer ${session}`, "Bearer oidc:ana", "Bearer root"]) {
    expect(await status("/admin/vault-keys", { authorization: header })).toBe(401);
    expect(await status(list, { authorization: header })).toBe(401);
  }
  expect(await status("/admin/vault-keys", { cookie: `keybrake_session=${session}` })).toBe(401);
});

test("nothing that was sent stands in a log", () => {
  const lines = stack.logLines.join("");
  expect(lines).toContain("an OpenID sign-in did not pass");
  for (const secret of [SECRET, "eyJ", "code=", "alert(1)"]) expect(lines).not.toContain(secret);
});

describe("a session of another deployment", () => {
  async function newFolder() {
    const folder = await mkdtemp(join(tmpdir(), "keybrake-oidc-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  const start = (folder: string, oidc: OidcOptions | undefined, publicUrl = PUBLIC) => {
    const masterKey = "ab".repeat(32);
    return startProxy({
      ...{ store: join(folder, "books.db"), stripeSecretKey: UPSTREAM_KEY, masterKey, publicUrl, oidc },
    });
  };

  /** Of a vault's own, unless it has another's: the key that sessions are sealed with is in it. */
  async function deployment(oidc: OidcOptions | undefined, { publicUrl = PUBLIC, like = "" } = {}) {
    const folder = await newFolder();
    if (like !== "") await cp(like, folder, { recursive: true });
    const proxy = await start(folder, oidc, publicUrl);
    onTestFinished(() => proxy.close());
    return proxy.url;
  }

  test("is of another key, address, issuer, client or secret; and each group counts as it is set now", async () => {
    const groups = { platform: "auditor" } as const;
    const like = await newFolder();
    await (await start(like, undefined)).close();
    const [here, ...others] = await Promise.all([
      deployment(settings(), { like }),
      deployment(settings({ groups }), { like }),
      deployment(settings({ groups: { finance: "operator" } }), { like }),
      deployment(settings({ clientSecret: "another-secret" }), { like }),
      deployment(settings({ clientId: "another" }), { like }),
      deployment(settings({ issuer: "https://login.example.com" }), { like }),
      deployment(settings(), { publicUrl: "https://staging.example.com", like }),
      deployment(undefined, { like }),
      deployment(settings()),
    ]);
    const { browser, state } = await setOut(here);
    expect((await comeBack(browser, { code: "one", state })).by?.scope).toBe("admin");
    const cookie = browser.cookiesFor(new URL(`${PUBLIC}/app`));
    const scopes = await Promise.all(
      others.map(async (url) => {
        const me = await fetch(`${url}/app/api/me`, { headers: { cookie } });
        return [me.status, ((await me.json()) as any).scope];
      }),
    );
    expect(scopes).toEqual([[200, "auditor"], ...Array.from({ length: 7 }, () => [401, undefined])]);
  });

  test("a start with what cannot be right says so", async () => {
    const code = (options: Parameters<typeof startProxy>[0]) =>
      startProxy(options).then(
        (proxy) => proxy.close().then(() => "started"),
        (error: unknown) => (isProxyError(error) ? error.code : error),
      );
    const wrong: readonly Partial<OidcOptions>[] = [
      { issuer: "http://login.example.com" },
      { issuer: "login" },
      { issuer: "https://user:pass@login.example.com" },
      { clientId: "" },
      { groups: {} },
    ];
    for (const more of wrong) {
      expect(await code({ publicUrl: PUBLIC, oidc: settings(more) }), JSON.stringify(more)).toBe(
        "oidc_invalid",
      );
    }
    expect(await code({ oidc: settings() })).toBe("oidc_invalid");
    expect(await code({ publicUrl: `${PUBLIC}/keybrake`, oidc: settings() })).toBe("oidc_invalid");
  });
});

test("an issuer that is away, or says that it is another, is told of in words", async () => {
  for (const metadata of [{ issuer: "https://login.example.com" }, { issuer: undefined }]) {
    forger.metadata = metadata;
    stack.advance(3_600_000);
    const answer = await fetch(`${stack.url}/app/oidc`, { redirect: "manual" });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
    expect(await answer.text()).toContain("does not answer as one");
  }
  forger.metadata = {};
  // What failed is asked for again at once.
  expect((await fetch(`${stack.url}/app/oidc`, { redirect: "manual" })).status).toBe(302);
});
