import { expect, test } from "vitest";
import { objectPages } from "./object-pages.ts";

test("each kind of object has its page, and objects of test keys are under a path of their own", () => {
  const pageOf = (mode: "live" | "test", id: string) =>
    objectPages(mode)
      .filter(({ starts }) => id.startsWith(starts))
      .map(({ at }) => `${at}${id}`);
  expect(pageOf("test", "ch_1")).toEqual(["https://dashboard.stripe.com/test/payments/ch_1"]);
  expect(pageOf("live", "pi_1")).toEqual(["https://dashboard.stripe.com/payments/pi_1"]);
  expect(pageOf("live", "in_1")).toEqual(["https://dashboard.stripe.com/invoices/in_1"]);
  expect(pageOf("live", "seti_1")).toEqual([]);
});
