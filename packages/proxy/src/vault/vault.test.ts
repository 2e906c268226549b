import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openVault } from "./vault.ts";

const CREDENTIAL = "rk_live_the0real0credential0of0the0test";
const OTHER = "rk_live_another0credential0of0the0test";
const given = { stripe: CREDENTIAL };
const [OLD, NEW, WRONG] = ["ab".repeat(32), "cd".repeat(32), "ef".repeat(32)] as const;

describe("the vault", () => {
  let folder: string;
  const options = (masterKey?: string, masterKeyBefore?: string) => ({
    file: join(folder, "vault.json"),
    keyFile: join(folder, "master.key"),
    masterKey,
    masterKeyBefore,
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "keybrake-vault-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** All files with their bytes. */
  async function contents(): Promise<Record<string, string>> {
    const names = await readdir(folder);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")));
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
  }

  test("gives back what it sealed, to a vault opened later with the key file it made", async () => {
    const first = await openVault({ ...options(), given });
    const later = await openVault(options());
    expect(later.credential("stripe")).toBe(CREDENTIAL);
    expect(later.credential("twilio")).toBeNull();
    expect(later.deriveKey("bodies")).toEqual(first.deriveKey("bodies"));
    expect(later.deriveKey("bodies")).not.toEqual(later.deriveKey("sessions"));
    expect((await openVault({ ...options(), given: { stripe: OTHER } })).credential("stripe")).toBe(OTHER);
    expect((await openVault(options())).credential("stripe")).toBe(OTHER);
  });

  test("writes nothing in clear, and nothing that others may read", async () => {
    const vault = await openVault({ ...options(), given });
    const sealed = await readFile(options().file, "utf8");
    expect(sealed).not.toContain(CREDENTIAL);
    for (const box of Object.values<string>(JSON.parse(sealed)))
      expect(Buffer.from(box, "base64").toString("latin1")).not.toContain("rk_live");
    for (const file of [options().file, options().keyFile])
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    // What everything else is sealed with is no credential of anybody's.
    expect(Object.keys(JSON.parse(sealed)).map((name) => vault.credential(name))).toEqual([CREDENTIAL, null]);
  });

  test("takes a master key as hex or base64, and no other length", async () => {
    await openVault({ ...options(OLD), given });
    const base64 = Buffer.from(OLD, "hex").toString("base64");
    expect((await openVault(options(base64))).credential("stripe")).toBe(CREDENTIAL);
    for (const wrong of [options("too short"), options(OLD, "too short")])
      await expect(openVault(wrong)).rejects.toMatchObject({ code: "master_key_invalid" });
  });

  test("another master key, with or without a credential, says so and changes nothing", async () => {
    await openVault({ ...options(OLD), given });
    const before = await contents();
    const wrong = [options(NEW), options(NEW, WRONG), options(undefined, WRONG), options()];
    for (const asked of [...wrong, ...wrong.map((one) => ({ ...one, given: { stripe: OTHER } }))]) {
      const opened = openVault(asked);
      await expect(opened).rejects.toMatchObject({ code: "vault_unreadable" });
      await expect(opened).rejects.not.toThrow(CREDENTIAL);
    }
    expect(await contents()).toEqual(before);
  });

  test("the master key is changed in one start: what was sealed stays readable, with the new one alone", async () => {
    const first = await openVault({ ...options(OLD), given });
    const changed = await openVault(options(NEW, OLD));
    expect(changed.isResealed).toBe(true);
    expect((await openVault(options(NEW, OLD))).isResealed).toBe(false);
    const later = await openVault(options(NEW));
    expect(later.credential("stripe")).toBe(CREDENTIAL);
    for (const vault of [changed, later])
      expect(vault.deriveKey("bodies")).toEqual(first.deriveKey("bodies"));
    await expect(openVault(options(OLD))).rejects.toMatchObject({ code: "vault_unreadable" });
    // And back.
    expect((await openVault(options(OLD, NEW))).credential("stripe")).toBe(CREDENTIAL);
  });

  test("a key file is changed by moving it away, and a start that was killed anywhere is done again", async () => {
    const { keyFile, file } = options();
    await openVault({ ...options(), given });
    const old = await readFile(keyFile, "utf8");
    await rm(keyFile);
    const sealedBefore = await readFile(file, "utf8");
    await openVault(options(undefined, old));
    expect(await readFile(keyFile, "utf8")).not.toBe(old);
    // Killed when the new key file was there, and the boxes were written beside the old ones, or half of them.
    for (const half of ["", "{"]) {
      await writeFile(file, sealedBefore);
      await writeFile(`${file}.new`, half);
      await expect(openVault(options())).rejects.toMatchObject({ code: "vault_unreadable" });
      expect((await openVault(options(undefined, old))).credential("stripe")).toBe(CREDENTIAL);
    }
    expect((await openVault(options())).credential("stripe")).toBe(CREDENTIAL);
    expect((await readdir(folder)).toSorted()).toEqual(["master.key", "vault.json"]);
  });

  test("a key file that is gone is not made anew over what it sealed", async () => {
    await openVault({ ...options(), given });
    await rm(options().keyFile);
    await expect(openVault(options())).rejects.toMatchObject({ code: "vault_unreadable" });
    expect(await readdir(folder)).toEqual(["vault.json"]);
  });

  test("refuses a key file that others can read", async () => {
    await openVault(options());
    await chmod(options().keyFile, 0o644);
    await expect(openVault(options())).rejects.toMatchObject({ code: "master_key_exposed" });
  });
});
