import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a file (mode 0600) that is there, whole, once it resolves, whatever becomes of the machine. Rejects when it exists. */
export async function makeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await syncFolder(file);
}

/** Replaces a file, or makes it: a crash leaves either the old one or the new one. */
export async function replaceDurably(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  // What a crash has left of an earlier try.
  await rm(beside, { force: true });
  await makeDurably(beside, text);
  await rename(beside, file);
  await syncFolder(file);
}

/** A name is in its folder, which is written apart from the file. Windows cannot, and needs not. */
async function syncFolder(file: string): Promise<void> {
  if (process.platform === "win32") return;
  await using folder = await open(dirname(file), "r");
  await folder.sync();
}
