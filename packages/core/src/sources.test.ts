import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL(".", import.meta.url);
const sources = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));

test("core imports zod and its own files, nothing of Node, so that it runs on every platform", () => {
  expect(sources.length).toBeGreaterThan(20);
  const outside = new Set<string>();
  for (const file of sources) {
    const text = readFileSync(new URL(file, folder), "utf8");
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      if (!specifier.startsWith("./")) outside.add(specifier);
    }
  }
  expect([...outside]).toEqual(["zod"]);
});

test("core names no global that only Node has", () => {
  for (const file of sources) {
    const code = readFileSync(new URL(file, folder), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    expect({ file, found: code.match(/\b(?:Buffer|__dirname|setImmediate|require\()/g) }).toEqual({
      file,
      found: null,
    });
    // The one look at process goes through globalThis, since the edge has none.
    if (file !== "environment.ts")
      expect({ file, process: /\bprocess\b/.test(code) }).toEqual({ file, process: false });
  }
});
