/** The tests' own Python environment, `.venv` beside this folder: made once, kept until its pins change. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "./run-to-end.ts";

/** The pins were resolved for this version; another one may have no wheels for them. */
export const PYTHON = "python3.11";

const PIN_FILES = ["requirements.txt", "constraints.txt"];

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Hex SHA-256 of everything that the environment is made from. */
function pinsDigest(folder: string): string {
  const hash = createHash("sha256").update(PYTHON);
  for (const name of PIN_FILES) hash.update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/**
 * Makes `folder/.venv` from the pin files unless it is there and was made from the same ones, and answers
 * the path of its Python. Uses the network (pip, as the user configured it) only when it installs. Throws
 * when Python 3.11 is missing or an install fails; a half-made environment is made anew the next time.
 */
export async function ensureEnvironment(folder: string): Promise<string> {
  const home = join(folder, ".venv");
  const python = join(home, "bin", "python");
  const stamp = join(home, "pins.sha256");
  const digest = pinsDigest(folder);
  if (readIfThere(stamp) === digest) return python;
  rmSync(home, { recursive: true, force: true });
  await runToEnd(PYTHON, ["-m", "venv", home]).catch((cause: unknown) => {
    throw new Error(`these tests need Python 3.11 as ${PYTHON}, with venv`, { cause });
  });
  const install = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    "requirements.txt",
  ];
  await runToEnd(python, install, { cwd: folder });
  writeFileSync(stamp, digest);
  return python;
}
