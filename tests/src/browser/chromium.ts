import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A Chromium of this machine: the one that `KEYBRAKE_CHROMIUM` names, or the first of these names in the PATH. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Its path; null where there is none. */
export function findChromium({ KEYBRAKE_CHROMIUM: told, PATH: path = "" } = process.env): string | null {
  if (told !== undefined && told !== "") return isProgram(told) ? told : null;
  const places = path.split(delimiter).filter((folder) => folder !== "");
  const candidates = NAMES.flatMap((name) => places.map((folder) => join(folder, name)));
  return candidates.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const NO_CHROMIUM =
  "there is no Chromium: install one (Debian: apt-get install chromium), or name it in KEYBRAKE_CHROMIUM";
