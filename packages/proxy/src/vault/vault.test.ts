import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openVault } from "./vault.ts";

const CREDENTIAL = "rk_live_the0real0credential0of0the0test";

describe("the vault", () => {
  let folder: string;
  const options = (masterKey?: string) => ({
    file: join(folder, "vault.json"),
    keyFile: join(folder, "master.key"),
    masterKey,
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "keybrake-vault-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("gives back what it sealed, to a vault opened later with the key file it made", async () => {
    await (await openVault(options())).store("stripe", CREDENTIAL);
    expect(await (await openVault(options())).open("stripe")).toBe(CREDENTIAL);
    expect(await (await openVault(options())).open("twilio")).toBeNull();
  });

  test("writes nothing in clear, and nothing that others may read", async () => {
    await (await openVault(options())).store("stripe", CREDENTIAL);
    const sealed = await readFile(options().file, "utf8");
    expect(sealed).not.toContain(CREDENTIAL);
    expect(Buffer.from(JSON.parse(sealed).stripe, "base64").toString("latin1")).not.toContain("rk_live");
    for (const file of [options().file, options().keyFile])
      expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("takes a master key as hex or base64, and no other length", async () => {
    const hex = "ab".repeat(32);
    await (await openVault(options(hex))).store("stripe", CREDENTIAL);
    const base64 = Buffer.from(hex, "hex").toString("base64");
    expect(await (await openVault(options(base64))).open("stripe")).toBe(CREDENTIAL);
    await expect(openVault(options("too short"))).rejects.toMatchObject({ code: "master_key_invalid" });
  });

  test("another master key, or a changed box, opens nothing and says so without quoting it", async () => {
    await (await openVault(options("ab".repeat(32)))).store("stripe", CREDENTIAL);
    const other = await openVault(options("cd".repeat(32)));
    await expect(other.open("stripe")).rejects.toMatchObject({ code: "vault_unreadable" });
    await expect(other.open("stripe")).rejects.not.toThrow(CREDENTIAL);
  });

  test("refuses a key file that others can read", async () => {
    await openVault(options());
    await chmod(options().keyFile, 0o644);
    await expect(openVault(options())).rejects.toMatchObject({ code: "master_key_exposed" });
  });
});
