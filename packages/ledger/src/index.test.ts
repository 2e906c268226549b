import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Whether a fresh process has loaded SQLite after importing a module. */
function loadsSqlite(module: string): boolean {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const program = `await import(${JSON.stringify(path)});
    console.log(process.moduleLoadList.some((name) => name.includes("sqlite")));`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", program]).toString().trim() === "true";
}

test("only the subpath of the SQLite store loads SQLite", () => {
  expect(loadsSqlite("./index.ts")).toBe(false);
  expect(loadsSqlite("./sqlite/index.ts")).toBe(true);
});
