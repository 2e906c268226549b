import type { VaultKeyInfo } from "@keybrake/core";
import { expect, test } from "vitest";
import { descendantsOf, underParents } from "./key-tree.ts";

const key = (id: string, parent_id: string | null) => ({ id, parent_id }) as VaultKeyInfo;

/** Newest first, as the proxy lists them. */
const KEYS = [key("e", "c"), key("d", null), key("c", "a"), key("b", "gone"), key("a", null)];

test("keys stand below those that made them, and one whose parent is not listed stands alone", () => {
  expect(underParents(KEYS).map(({ key: { id }, depth }) => `${id}${depth}`)).toEqual([
    "d0",
    "b0",
    "a0",
    "c1",
    "e2",
  ]);
});

test("all that come of a key are found, and nobody else's", () => {
  expect(descendantsOf("a", KEYS).map(({ id }) => id)).toEqual(["e", "c"]);
  expect(descendantsOf("d", KEYS)).toEqual([]);
});
