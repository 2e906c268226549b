import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashVaultKey, makeVaultKeySecret, readVaultKey } from "./vault-key.ts";

const key = makeVaultKeySecret("test", (length) => randomBytes(length));
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

describe("vault keys", () => {
  test("have a prefix that tells their kind, and 256 random bits", () => {
    expect(key).toMatch(/^vk_test_[A-Za-z0-9_-]{43}$/);
    expect(makeVaultKeySecret("sim", (length) => new Uint8Array(length))).toBe(`vk_sim_${"A".repeat(43)}`);
    expect(makeVaultKeySecret("live", (length) => randomBytes(length))).not.toBe(key);
  });

  test("are stored as SHA-256", () => {
    expect(hashVaultKey("vk_test_x")).toBe(
      "bfe82f302eab733d8aa68c0b8d40547fbbdc82b15dcec274dc6046ed5ac0fbb5",
    );
    expect(hashVaultKey(key)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashVaultKey(key)).not.toContain(key.slice(8));
  });

  test.each([
    ["Bearer", `Bearer ${key}`],
    ["bearer, lower case", `bearer ${key}`],
    ["Basic, as curl -u KEY:", basic(`${key}:`)],
    ["Basic, as the password beside an account", basic(`AC0:${key}`)],
  ])("are read from %s", (_name, header) => expect(readVaultKey(header)).toBe(key));

  test.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["a raw Stripe key", "Bearer sk_live_abcdefghijklmnop"],
    ["a restricted Stripe key", basic("rk_test_abcdefghijklmnop:")],
    ["a key with a password", basic(`${key}:secret`)],
    ["a key as the password of nobody", basic(`:${key}`)],
    ["two keys as user and password", basic(`${key}:${key}`)],
    ["a password that begins with a key", basic(`AC0:${key}:x`)],
    ["a key that is cut off", `Bearer ${key.slice(0, -1)}`],
    ["a key with something after it", `Bearer ${key} x`],
    ["two keys", `Bearer ${key},${key}`],
    ["another scheme", `Digest ${key}`],
    ["a bare key", key],
  ])("are not read from %s", (_name, header) => expect(readVaultKey(header)).toBeNull());
});
