/** Removes what earlier builds made, so that a file whose source is gone is not published. Turbo brings the rest back. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, workspacePackages } from "./workspace.ts";

for (const { folder } of workspacePackages())
  rmSync(join(ROOT, folder, "dist"), { recursive: true, force: true });
