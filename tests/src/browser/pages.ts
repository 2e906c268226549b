import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/** Builds the dashboard from its sources to where the proxy serves it from, as `pnpm build` does. */
export function buildPages(): void {
  const run = (...argv: string[]) => execFileSync(process.execPath, argv, { cwd: ROOT, stdio: "inherit" });
  run("node_modules/vite/bin/vite.js", "build", "apps/dashboard", "--logLevel", "warn");
  run("packages/proxy/scripts/copy-dashboard.ts");
}
