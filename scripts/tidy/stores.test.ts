import { expect, test } from "vitest";
import { readSource, shippedFiles } from "../workspace.ts";

/** The folder of each store, and what in a source names the store. */
const STORES: readonly { readonly folder: string; readonly names: RegExp }[] = [
  {
    folder: "packages/ledger/src/postgres/",
    names: /\bopenPostgres(?:Ledger|Store)\b|["'/]postgres(?:\/[^"']*)?["']/,
  },
  {
    folder: "packages/ledger/src/sqlite/",
    names: /\bopenSqliteLedger\b|["'/](?:node:)?sqlite(?:\/[^"']*)?["']/,
  },
];

/** Where a store is chosen and put together with the rest. Everything else takes a `Ledger`. */
const COMPOSITIONS: readonly string[] = [
  // They run the server that a measured store and the tests' is in.
  "apps/bench/src/targets/postgres.ts",
  "packages/contract/src/postgres/server.ts",
  "packages/contract/src/vendor/world.ts",
  "packages/proxy/src/open-books.ts",
];

test.each(STORES)("only compositions name the store of $folder", ({ folder, names }) => {
  const others = shippedFiles().filter((file) => !file.startsWith(folder) && !COMPOSITIONS.includes(file));
  expect(others.filter((file) => names.test(readSource(file)))).toEqual([]);
});

test("a composition that names no store leaves the list", () => {
  const shipped = shippedFiles();
  const idle = (file: string) => !STORES.some(({ names }) => names.test(readSource(file)));
  expect(COMPOSITIONS.filter((file) => !shipped.includes(file) || idle(file))).toEqual([]);
});

test.each([
  'import { openSqliteLedger } from "@keybrake/ledger";',
  'import { openPostgresLedger } from "@keybrake/ledger";',
  'import { open } from "@keybrake/ledger/postgres";',
  'import postgres from "postgres";',
  'import { open } from "@keybrake/ledger/sqlite";',
  'import { DatabaseSync } from "node:sqlite";',
  'import { rows } from "../../ledger/src/sqlite/rows.ts";',
  'const ledger = await import("./sqlite/ledger.ts");',
])("a store is found in %s", (source) => {
  expect(STORES.some(({ names }) => names.test(source))).toBe(true);
});

test("the name of a file or of a setting names no store", () => {
  expect(STORES.some(({ names }) => names.test('const fallback = "sqlite:./keybrake.db";'))).toBe(false);
});
