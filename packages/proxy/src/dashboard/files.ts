import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** One file of the built dashboard, ready to be sent. */
export interface DashboardFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  /** Its name has a digest of what is in it: it never changes. */
  readonly isFixed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where the build puts it: the same place from the sources as from what is published. */
const FOLDER = fileURLToPath(new URL("../../dist/app/", import.meta.url));

/**
 * All files by their path below `/app/`, read once: what is not among them is not sent, whatever a path says. Null
 * when the dashboard was not built.
 */
export async function readDashboard(
  folder: string = FOLDER,
): Promise<ReadonlyMap<string, DashboardFile> | null> {
  const files = new Map<string, DashboardFile>();
  try {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      const name = path.slice(folder.length).split(sep).join("/");
      files.set(name, { type, bytes, gzipped: gzipSync(bytes), isFixed: name.startsWith("assets/") });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return files.has("index.html") ? files : null;
}
