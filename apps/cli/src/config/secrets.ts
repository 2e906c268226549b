import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Path, SecretPlace } from "@keybrake/proxy";
import { usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import type { OpenedConfig } from "./open-config.ts";

/**
 * What is at the place that `keybrake.yaml` names at `path`; undefined for a variable that is not set, and for no place at
 * all. Throws a usage error for a file that cannot be read or is empty: its content is never quoted.
 */
export async function readSecret(
  { folder, nameOf }: Pick<OpenedConfig, "folder" | "nameOf">,
  path: Path,
  place: SecretPlace | undefined,
  { env }: Pick<Io, "env">,
): Promise<string | undefined> {
  if (place?.env !== undefined) return env[place.env]?.trim() || undefined;
  if (place?.file === undefined) return undefined;
  const refuse = (why: string) => usageError(`${nameOf([...path, "file"])}: ${place.file}: ${why}`);
  const text = await readFile(resolve(folder, place.file), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code ?? "cannot be read");
  });
  const secret = text.trim();
  if (secret === "") throw refuse("is empty");
  return secret;
}

/** As `readSecret`, for one that must be there. */
export async function needSecret(
  opened: Pick<OpenedConfig, "folder" | "nameOf">,
  path: Path,
  place: SecretPlace,
  io: Pick<Io, "env">,
): Promise<string> {
  const secret = await readSecret(opened, path, place, io);
  if (secret === undefined) throw usageError(`${opened.nameOf([...path, "env"])}: ${place.env} is not set`);
  return secret;
}
