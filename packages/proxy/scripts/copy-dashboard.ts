import { cpSync } from "node:fs";
import { join } from "node:path";

/** Part of the build: the dashboard, which turbo has built before, goes where `src/dashboard/files.ts` looks for it. */
const root = join(import.meta.dirname, "../../..");
cpSync(join(root, "apps/dashboard/dist"), join(root, "packages/proxy/dist/app"), { recursive: true });
