import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const REPOSITORY = join(import.meta.dirname, "../..");

test("every test that SECURITY.md points at is there", () => {
  const page = readFileSync(join(REPOSITORY, "SECURITY.md"), "utf8");
  const cells = [...page.matchAll(/^\|.*\|(?<tests>[^|]*)\|$/gm)].map(({ groups }) => groups?.tests ?? "");
  const names = cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9-]+\/?)`/g)].map(([, name]) => name));
  expect(names.length).toBeGreaterThan(15);
  const path = (name = "") => join(import.meta.dirname, name.endsWith("/") ? name : `${name}.test.ts`);
  expect(names.filter((name) => !existsSync(path(name)))).toEqual([]);
});
