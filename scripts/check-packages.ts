/**
 * What npm would get, checked as npm would get it: every published package is packed with pnpm (which applies
 * `publishConfig`), then publint and are-the-types-wrong look at the tarball. Needs a build.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, workspacePackages } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "keybrake-pack-"));
const binary = (name: string) => join(ROOT, "node_modules/.bin", name);
let failures = 0;

function attempt(what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    failures += 1;
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    process.stderr.write(`${what} failed:\n${stdout ?? ""}${stderr ?? ""}\n`);
  }
}

for (const { folder: source, manifest } of workspacePackages()) {
  if (manifest.private) continue;
  const before = new Set(readdirSync(folder));
  attempt(`pack ${manifest.name}`, () =>
    execFileSync("npx", ["-y", "pnpm@10", "pack", "--pack-destination", folder], {
      cwd: join(ROOT, source),
      stdio: "pipe",
    }),
  );
  const tarball = readdirSync(folder).find((name) => !before.has(name));
  if (tarball === undefined) continue;
  const file = join(folder, tarball);
  attempt(`publint ${manifest.name}`, () =>
    execFileSync(binary("publint"), ["--strict", file], { stdio: "pipe" }),
  );
  if (manifest.bin === undefined) {
    attempt(`attw ${manifest.name}`, () =>
      execFileSync(binary("attw"), [file, "--profile", "esm-only"], { stdio: "pipe" }),
    );
  }
  process.stdout.write(`${manifest.name}: packed and checked\n`);
}

rmSync(folder, { recursive: true, force: true });
process.exitCode = failures > 0 ? 1 : 0;
