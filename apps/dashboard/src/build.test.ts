import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";

test("the built dashboard is small, and its page loads its own files alone", async () => {
  const outDir = mkdtempSync(join(tmpdir(), "keybrake-dashboard-"));
  try {
    await build({ root: join(import.meta.dirname, ".."), logLevel: "silent", build: { outDir } });
    const page = readFileSync(join(outDir, "index.html"), "utf8");
    const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(loaded.length).toBeGreaterThanOrEqual(3);
    for (const address of loaded) expect(address).toMatch(/^\/app\/assets\/[\w-]+\.(js|css|svg)$/);
    // The proxy's policy runs neither: the page would stay empty.
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/);
    const files = readdirSync(join(outDir, "assets")).map((name) => join(outDir, "assets", name));
    const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    expect(bytes).toBeLessThan(250_000);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
});
