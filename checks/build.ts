/** `pnpm build`: removes what earlier builds made, so that a file whose source is gone is not published; builds again. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, workspacePackages } from "../scripts/workspace.ts";

for (const { folder } of workspacePackages())
  rmSync(join(ROOT, folder, "dist"), { recursive: true, force: true });
// Turbo brings back what has not changed. It would send usage data, and print a banner that says so.
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
const { status } = spawnSync("turbo", ["run", "build"], { cwd: ROOT, env, stdio: "inherit" });
process.exitCode = status ?? 1;
