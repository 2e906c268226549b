import { expect, expectTypeOf, test } from "vitest";
import { CALL_COLUMNS, type TabledCall } from "./call-columns.ts";
import type { Call } from "./types.ts";

test("the table and Call say the same of every field", () => {
  expectTypeOf<keyof TabledCall>().toEqualTypeOf<keyof Call>();
  expectTypeOf<Call>().toExtend<TabledCall>();
  type Nullable<R> = { [F in keyof R]: null extends R[F] ? F : never }[keyof R];
  expectTypeOf<Nullable<TabledCall>>().toEqualTypeOf<Nullable<Call>>();
});

test("columns are the fields in snake case, once each", () => {
  for (const { field, column } of CALL_COLUMNS) {
    expect(column).toBe(field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  }
  expect(new Set(CALL_COLUMNS.map(({ column }) => column)).size).toBe(CALL_COLUMNS.length);
});
