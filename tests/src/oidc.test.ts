import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, type Page } from "./oidc/browser.ts";
import { type IssuerPeople, startIssuer, type TestIssuer } from "./oidc/issuer.ts";
import { charge, type Stack, type StackOptions, startStack } from "./stack.ts";

/*
 * People sign in to the dashboard by an OpenID issuer: npm's oidc-provider, in a process of its own. Real proxy, real
 * sockets; the browser here is cookies, redirects and forms, and `browser/` has a real one.
 */

const OWN = { "x-keybrake-dashboard": "1", "content-type": "application/json" };
const PUBLIC = "https://keybrake.example.com";
const CLIENT = {
  id: "keybrake",
  secret: "a-secret-of-the-client",
  redirectUri: `${PUBLIC}/app/oidc/callback`,
};

const PEOPLE: IssuerPeople = {
  ana: { groups: ["staff", "finance"], email: "ana@example.com", email_verified: true, name: "Ana" },
  ole: { groups: ["finance", "platform"], email: "ana@example.com", name: "Ole" },
  eve: { groups: ["staff"], preferred_username: "eve" },
  mia: {},
};

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer(CLIENT, PEOPLE);
});
afterAll(() => issuer[Symbol.asyncDispose]());

type Oidc = NonNullable<StackOptions["oidc"]>;

function settings(more: Partial<Oidc> = {}): Oidc {
  const groups = { platform: "admin", finance: "operator", books: "auditor" } as const;
  return { issuer: issuer.url, clientId: CLIENT.id, clientSecret: CLIENT.secret, groups, ...more };
}

const start = (oidc: Oidc = settings()) => startStack({ publicUrl: PUBLIC, oidc });

/** Through the issuer's own pages, to where the browser ends up. */
async function signIn(browser: Browser, login: string, path = "/app/oidc"): Promise<Page> {
  let page = await browser.open(`${PUBLIC}${path}`);
  if (/name="prompt" value="login"/.test(page.text))
    page = await browser.submit(page, { login, password: "any" });
  if (/name="prompt" value="consent"/.test(page.text)) page = await browser.submit(page, {});
  return page;
}

const browserOf = (stack: Stack) => new Browser({ [PUBLIC]: stack.url });

async function asked(browser: Browser, path: string, init: RequestInit = {}) {
  const answer = await browser.send(`${PUBLIC}/app/${path}`, init);
  return { status: answer.status, body: (await answer.json()) as any };
}

const post = { method: "POST", headers: OWN, body: "{}" };

test("a person comes in by the issuer, may what their groups may, and the audit names them", async () => {
  await using stack = await start();
  const browser = browserOf(stack);
  expect((await asked(browser, "session")).body).toEqual({ oidc: { issuer: new URL(issuer.url).host } });
  const page = await signIn(browser, "ana", "/app/oidc?to=%2Fapp%2Fcalls%3Fagent%3Djune");
  expect(page.url.href).toBe(`${PUBLIC}/app/calls?agent=june`);
  const ana = { id: "oidc:ana", name: "ana@example.com" };
  expect((await asked(browser, "api/me")).body).toMatchObject({ ...ana, scope: "operator" });

  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 10 });
  expect((await charge(stack, key.vault_key)).status).toBe(200);
  expect((await asked(browser, `api/vault-keys/${key.id}/revoke`, post)).status).toBe(200);
  expect((await charge(stack, key.vault_key)).body.error.code).toBe("vault_key_revoked");
  const asking = await stack.issue({
    name: "asks",
    role: "billing",
    daily_usd_cap: 99,
    approval: { above_usd: 0 },
  });
  await charge(stack, asking.vault_key);
  const [card] = (await asked(browser, "api/approvals")).body.data;
  // What they call themselves stands before who they are, and not in its place.
  const said = { ...post, body: JSON.stringify({ by: "the boss" }) };
  const { body: answered } = await asked(browser, `api/approvals/${card.id}/approve`, said);
  expect(answered.decided_by).toBe("the boss (ana@example.com, oidc:ana)");
  // An operator issues nothing.
  expect((await asked(browser, "api/vault-keys", post)).body.error.code).toBe("scope_missing");

  const by = { by_id: ana.id, by_name: ana.name };
  const { body } = await stack.admin(`/actions?by=${encodeURIComponent(ana.id)}`);
  expect(body.data).toMatchObject([
    { ...by, action: "vault-keys.create", status: 403, code: "scope_missing" },
    { ...by, action: "approvals.approve", target: card.id, status: 200 },
    { ...by, action: "vault-keys.revoke", target: key.id, status: 200 },
    { ...by, action: "dashboard.sign-in", detail: { scope: "operator" }, status: 200 },
  ]);
  const cookie = browser.cookiesFor(new URL(`${PUBLIC}/app`));
  for (const secret of [CLIENT.secret, cookie.slice(20), "code="])
    expect(stack.logLines.join("")).not.toContain(secret);
});

test("the session is a cookie that no script sees, no other site sends, and no plain connection carries", async () => {
  await using stack = await start();
  const browser = browserOf(stack);
  const setOut = await browser.send(`${PUBLIC}/app/oidc`);
  expect([setOut.status, setOut.headers.get("cache-control")]).toEqual([302, "no-store"]);
  const [begun = ""] = setOut.headers.getSetCookie();
  expect(begun.replace(/=[\w-]{40,};/, "=…;")).toBe(
    "keybrake_sign_in=…; Path=/app/oidc; HttpOnly; SameSite=Lax; Max-Age=600; Secure",
  );
  const sent = new URL(setOut.headers.get("location") ?? "").searchParams;
  expect(Object.fromEntries(sent)).toMatchObject({
    ...{ response_type: "code", code_challenge_method: "S256", redirect_uri: CLIENT.redirectUri },
    scope: "openid email profile groups",
  });
  for (const name of ["state", "nonce", "code_challenge"]) expect(sent.get(name)?.length, name).toBe(43);

  const cookies: string[] = [];
  const send = browser.send.bind(browser);
  browser.send = async (address, init) => {
    const response = await send(address, init);
    cookies.push(...response.headers.getSetCookie().filter((line) => line.startsWith("keybrake_")));
    return response;
  };
  await signIn(browser, "ana");
  expect(cookies.map((line) => line.replace(/=[\w-]{40,};/, "=…;")).slice(-2)).toEqual([
    "keybrake_session=…; Path=/app; HttpOnly; SameSite=Strict; Max-Age=3600; Secure",
    "keybrake_sign_in=; Path=/app/oidc; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
  ]);
  const { status } = await browser.send(`${PUBLIC}/app/session`, { method: "DELETE", headers: OWN });
  expect([status, (await asked(browser, "api/me")).body.error.code]).toEqual([204, "signed_out"]);
});

test("of several groups the widest counts; an address that nobody verified is no name", async () => {
  await using stack = await start();
  const browser = browserOf(stack);
  await signIn(browser, "ole");
  expect((await asked(browser, "api/me")).body).toMatchObject({
    id: "oidc:ole",
    name: "Ole",
    scope: "admin",
  });
  const made = await asked(browser, "api/vault-keys", {
    ...post,
    body: JSON.stringify({ name: "july", vendor: "stripe", role: "billing", daily_usd_cap: 5 }),
  });
  expect([made.status, made.body.vault_key]).toEqual([201, expect.stringMatching(/^vk_test_/)]);
});

test.each(["eve", "mia"])(
  "%s is in no known group: refused with words, a row and no session",
  async (login) => {
    await using stack = await start();
    const browser = browserOf(stack);
    const page = await signIn(browser, login);
    expect([page.status, page.url.pathname]).toEqual([403, "/app/oidc/callback"]);
    expect(page.text).toContain(`${login}: you are in none of the groups that may use this dashboard`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect((await asked(browser, "api/me")).status).toBe(401);
    expect((await stack.admin("/actions")).body.data).toMatchObject([
      { by_id: `oidc:${login}`, action: "dashboard.sign-in", status: 403, code: "no_group" },
    ]);
  },
);

test("a session lasts an hour; who has left the group by then does not come in again", async () => {
  await using stack = await start();
  const browser = browserOf(stack);
  await signIn(browser, "ana");
  issuer.setPeople({ ...PEOPLE, ana: { ...PEOPLE.ana, groups: ["staff"] } });
  try {
    stack.advance(3_600_000 - 60_000);
    expect((await asked(browser, "api/vault-keys")).status).toBe(200);
    stack.advance(60_000);
    expect((await asked(browser, "api/vault-keys")).status).toBe(401);
    expect((await signIn(browser, "ana")).status).toBe(403);
  } finally {
    issuer.setPeople(PEOPLE);
  }
});

test("begun at one replica a sign-in ends at another, and each knows the session", async () => {
  await using stack = await start();
  const browser = browserOf(stack);
  const setOut = await browser.send(`${PUBLIC}/app/oidc`);
  await stack.stopProxy();
  await stack.startProxy();
  const login = await browser.open(setOut.headers.get("location") ?? "");
  let page = await browser.submit(login, { login: "ana", password: "any" });
  if (page.text.includes('value="consent"')) page = await browser.submit(page, {});
  expect(page.url.pathname).toBe("/app");
  await stack.stopProxy();
  await stack.startProxy();
  expect((await asked(browser, "api/me")).body.id).toBe("oidc:ana");
});
