import { expect, test } from "vitest";
import { PATH_TRICKS } from "../test/path-tricks.ts";
import { auditPath } from "./audit-path.ts";
import { LIMITS } from "./limits.ts";
import { stripe } from "./vendors/stripe/index.ts";

const ACCOUNTS = { byVendor: new Map([["stripe", { vendor: stripe }]]) };

test.each(PATH_TRICKS.map(({ name, target }) => [name, target]))(
  "%s is shown printable and bounded",
  (_name, target) => {
    const path = auditPath(ACCOUNTS, target);
    expect(path).toMatch(/^[\x21-\x7e]*…?$/);
    expect(path.length).toBeLessThanOrEqual(LIMITS.auditPathLength + 1);
  },
);

test("neither a query nor a key is shown", () => {
  expect(auditPath(ACCOUNTS, "/v1/sk_live_51Habc/é?key=sk_live_51Habc")).toBe("/v1/[redacted]/?");
});
