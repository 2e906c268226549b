import { describe, expect, test } from "vitest";
import { CliError } from "./cli-error.ts";
import { readOidc } from "./server/read-oidc.ts";
import { readSetting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CliError && error.exitCode === 2) return error.message;
    throw error;
  }
  throw new Error("expected a usage error");
}

test("a flag wins over the environment, which wins over the default; empty variables count as unset", () => {
  expect(readSetting(SETTINGS.port, "1", { KEYBRAKE_PORT: "2" })).toBe(1);
  expect(readSetting(SETTINGS.port, undefined, { KEYBRAKE_PORT: "2" })).toBe(2);
  expect(readSetting(SETTINGS.port, undefined, { KEYBRAKE_PORT: "" })).toBe(8787);
  expect(readSetting(SETTINGS.host, undefined, {})).toBe("127.0.0.1");
  expect(readSetting(SETTINGS.adminKey, undefined, { KEYBRAKE_ADMIN_KEY: "" })).toBeUndefined();
});

test.each([
  ["port", "65536"],
  ["port", "-1"],
  ["port", "80a"],
  ["host", "a b"],
  ["host", ""],
  ["store", ""],
  ["store", "sqlite::memory:"],
  ["store", "mysql://x/y"],
  ["stripeUrl", "api.stripe.com"],
  ["stripeUrl", "ftp://api.stripe.com"],
  ["stripeUrl", "https://api.stripe.com/v1"],
  ["stripeUrl", "http://127.0.0.1.evil.example"],
  ["stripeUrl", "http://localhost.evil.example"],
  ["stripeUrl", "http://10.0.0.1"],
  ["proxyUrl", "localhost:8787"],
  ["proxyUrl", "http://proxy?x=1"],
  ["logLevel", "loud"],
  ["rates", ""],
] as const)("--%s %j is refused with flag and variable named", (name, text) => {
  const setting = SETTINGS[name];
  const message = messageOf(() => readSetting<string | number>(setting, text, {}));
  expect(message).toContain(setting.flag);
  expect(message).toContain(setting.variable);
});

test("a Postgres URL is taken as it is", () => {
  const url = "postgres://user:hunter2@db.internal:6432/books?sslmode=verify-full&prepare=false";
  expect(readSetting(SETTINGS.store, undefined, { KEYBRAKE_STORE: url })).toBe(url);
});

describe("what may hold a password or key is never quoted", () => {
  test.each([
    ["store", "postgres://user:hunter2@db", "of the form"],
    ["store", "mysql://user:hunter2@db/x", "neither"],
    ["stripeUrl", "https://user:hunter2@api.stripe.com", "credentials"],
    ["proxyUrl", "http://user:hunter2@proxy", "credentials"],
  ] as const)("%s", (name, text, why) => {
    const message = messageOf(() => readSetting(SETTINGS[name], text, {}));
    expect(message).toContain(why);
    expect(message).not.toContain("hunter2");
  });

  test("admin key", () => {
    const message = messageOf(() =>
      readSetting(SETTINGS.adminKey, undefined, { KEYBRAKE_ADMIN_KEY: "hunter2" }),
    );
    expect(message).toMatch(/^KEYBRAKE_ADMIN_KEY: /);
    expect(message).not.toContain("hunter2");
  });
});

test.each([
  ["store", "sqlite:./a.db", "./a.db"],
  ["store", "sqlite:///var/lib/a.db", "/var/lib/a.db"],
  ["store", "books.db", "books.db"],
  ["stripeUrl", "https://api.stripe.com/", "https://api.stripe.com"],
  ["stripeUrl", "http://127.0.0.1:12111", "http://127.0.0.1:12111"],
  ["stripeUrl", "http://[::1]:9", "http://[::1]:9"],
  ["stripeUrl", "https://stripe.proxy.internal:8443", "https://stripe.proxy.internal:8443"],
  ["proxyUrl", "https://example.com/keybrake//", "https://example.com/keybrake"],
] as const)("%s %s means %s", (name, text, meaning) => {
  expect(readSetting(SETTINGS[name], text, {})).toBe(meaning);
});

describe("people's way in by OpenID", () => {
  const whole = {
    KEYBRAKE_OIDC_ISSUER: "https://login.example.com/realms/shop",
    KEYBRAKE_OIDC_CLIENT_ID: "keybrake",
    KEYBRAKE_OIDC_CLIENT_SECRET: "hunter2",
    KEYBRAKE_OIDC_GROUPS: "/platform=admin, Finance Team=operator,team=books=auditor",
  };

  test("is read whole, and is none without an issuer", () => {
    expect(readOidc({}, undefined)).toBeUndefined();
    expect(readOidc(whole, "https://keybrake.example.com")).toEqual({
      ...{ issuer: whole.KEYBRAKE_OIDC_ISSUER, clientId: "keybrake", clientSecret: "hunter2" },
      groups: { "/platform": "admin", "Finance Team": "operator", "team=books": "auditor" },
      groupsClaim: undefined,
    });
  });

  test.each([
    ["KEYBRAKE_OIDC_ISSUER", ""],
    ["KEYBRAKE_OIDC_ISSUER", "http://login.example.com"],
    ["KEYBRAKE_OIDC_ISSUER", "https://user:hunter2@login.example.com"],
    ["KEYBRAKE_OIDC_CLIENT_ID", ""],
    ["KEYBRAKE_OIDC_GROUPS", ""],
    ["KEYBRAKE_OIDC_GROUPS", "platform"],
    ["KEYBRAKE_OIDC_GROUPS", "platform=issuer"],
    ["KEYBRAKE_OIDC_GROUPS", "=admin"],
  ])("%s=%j is told of, and no secret is", (name, text) => {
    const message = messageOf(() => readOidc({ ...whole, [name]: text }, "https://keybrake.example.com"));
    expect(message).toContain(name);
    expect(message).not.toContain("hunter2");
  });

  test("needs to know where people come back to", () => {
    expect(messageOf(() => readOidc(whole, undefined))).toContain("KEYBRAKE_PUBLIC_URL");
  });
});
