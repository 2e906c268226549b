import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsOf } from "../../../scripts/tidy/imports.ts";

const folder = import.meta.dirname;
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
);

const importedBy = (file: string) => importsOf(readFileSync(join(folder, file), "utf8"));

/** What each wing may import beside itself and the files at the root, which import each other alone. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  ".": [],
  wire: [],
  tools: ["wire"],
  run: ["tools", "wire"],
  admin: ["tools", "wire"],
  story: ["admin"],
  // A subpath of its own: nobody who ships an agent loads it.
  testing: ["admin"],
};

const wingOf = (file: string) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : ".");

test("core imports zod and its own files, nothing of Node, so that it runs on every platform", () => {
  expect(sources.length).toBeGreaterThan(20);
  const outside = new Set(sources.flatMap(importedBy).filter((specifier) => !specifier.startsWith(".")));
  expect([...outside]).toEqual(["zod"]);
});

test.each(sources.filter((file) => file !== "index.ts"))(
  "%s imports in the direction of the wings",
  (file) => {
    const wing = wingOf(file);
    const allowed = [".", wing, ...(WINGS[wing] ?? [])];
    const imported = importedBy(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => wingOf(join(file, "..", specifier)));
    expect(imported.filter((other) => !allowed.includes(other))).toEqual([]);
  },
);

test("core names no global that only Node has", () => {
  for (const file of sources) {
    const code = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    expect({ file, found: code.match(/\b(?:Buffer|__dirname|setImmediate|require\()/g) }).toEqual({
      file,
      found: null,
    });
    // The one look at process goes through globalThis, since the edge has none.
    if (file !== join("wire", "environment.ts"))
      expect({ file, process: /\bprocess\b/.test(code) }).toEqual({ file, process: false });
  }
});
