import { describe, expect, test } from "vitest";
import { credentialWarning, readCredential, readCredentialKind } from "./credential.ts";

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

  test("is read for its mode and its warning at once", () => {
    expect(readCredential("rk_live_x1")).toEqual({ mode: "live", warning: null });
    expect(readCredential("sk_live_x1").warning).toContain("restricted key");
  });
});
