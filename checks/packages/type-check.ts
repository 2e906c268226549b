import { readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ROOT } from "../../scripts/workspace.ts";
import type { Project } from "./project.ts";

/** TypeScript of this workspace, and the last of the 5 line, which many users still have. */
export const OLDER_TYPESCRIPT = "typescript@5.9";

async function ourTypes(project: Project): Promise<string[]> {
  const folder = join(project.folder, "node_modules");
  const ours = [join(folder, "@keybrake"), join(folder, "keybrake")];
  const found = await Promise.all(
    ours.map((one) => readdir(one, { recursive: true, withFileTypes: true }).catch(() => [])),
  );
  return found
    .flat()
    .filter((entry) => entry.isFile() && entry.name.endsWith(".d.ts"))
    .map((entry) => relative(project.folder, join(entry.parentPath, entry.name)));
}

/**
 * Type-checks `use.mjs` and every `.d.ts` of ours in the project as a user's project does, with `skipLibCheck` off.
 * Only errors in ours count: frameworks have some of their own.
 */
export async function typeCheck(project: Project, tsc = join(ROOT, "node_modules/.bin/tsc")): Promise<void> {
  const types = await ourTypes(project);
  if (types.length === 0) throw new Error("no types of ours are installed");
  await writeFile(
    join(project.folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        target: "es2022",
        lib: ["es2022", "esnext.disposable", "dom", "dom.iterable"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        allowJs: true,
        checkJs: true,
        noEmit: true,
        pretty: false,
      },
      files: ["use.mjs", ...types],
    }),
  );
  const output = await project.run(tsc, ["-p", "."]).catch((error: Error) => error.message);
  const ours = output
    .split("\n")
    .filter((line) => /^(use\.mjs|node_modules\/@?keybrake\/).*error TS/.test(line));
  // An error without a place means that the check itself did not run.
  const broken = output.split("\n").filter((line) => line.startsWith("error TS"));
  if (ours.length + broken.length > 0) throw new Error([...broken, ...ours].slice(0, 10).join("\n  "));
}
