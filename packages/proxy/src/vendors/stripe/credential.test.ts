import { describe, expect, test } from "vitest";
import { credentialOwner, credentialWarning, readCredential, readCredentialKind } from "./credential.ts";

describe("a Stripe credential", () => {
  test.each([
    ["sk_live_x1", { mode: "live", restricted: false }],
    ["rk_live_x1", { mode: "live", restricted: true }],
    ["sk_test_x1", { mode: "test", restricted: false }],
  ])("%s", (credential, kind) => expect(readCredentialKind(credential)).toEqual(kind));

  test.each(["", "pk_live_x", "vk_live_x", "sk_live_", "sk_live_x y", "secret"])("%j is none", (text) => {
    expect(() => readCredentialKind(text)).toThrow(expect.objectContaining({ code: "credential_invalid" }));
    if (text !== "") expect(() => readCredentialKind(text)).not.toThrow(`'${text}'`);
  });

  test("only an unrestricted live key is warned about, with the permissions to use instead", () => {
    expect(credentialWarning({ mode: "live", restricted: true })).toBeNull();
    expect(credentialWarning({ mode: "test", restricted: false })).toBeNull();
    const warning = credentialWarning({ mode: "live", restricted: false });
    expect(warning).toContain("Charges and Refunds: Write");
    expect(warning).toContain("Balance: Read");
  });

  test("is read for its mode, its owner and its warning at once", () => {
    const owner = "38ef5a8fa6d14fd745745aa775c875c7";
    expect(readCredential("rk_live_x1")).toEqual({ mode: "live", owner, warning: null });
    expect(readCredential("sk_live_x1").warning).toContain("restricted key");
  });

  test("names its account, where its text does: rolled, or restricted, it is of the same one", () => {
    const [account, rest] = ["1AbcdEFGHijklmno", "a".repeat(80)];
    const keys = [`sk_live_5${account}${rest}`, `sk_live_5${account}b${rest}`, `rk_live_5${account}c${rest}`];
    expect(keys.map(credentialOwner)).toEqual(keys.map(() => `acct_${account}`));
    expect(credentialOwner("sk_live_older1")).not.toBe(credentialOwner("sk_live_older2"));
  });
});
