import { readFile } from "node:fs/promises";
import type { Rates } from "@keybrake/proxy";
import { usageError } from "../cli-error.ts";

/** The currency table of a JSON file, checked; only US dollars without a file. Throws a usage error. */
export async function readRates(file: string | undefined): Promise<Rates> {
  const { parseRates } = await import("@keybrake/proxy");
  if (file === undefined) return parseRates({});
  try {
    return parseRates(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    const why = error instanceof Error ? error.message : "is not valid";
    throw usageError(`--rates (KEYBRAKE_RATES): ${file}: ${why}`);
  }
}
