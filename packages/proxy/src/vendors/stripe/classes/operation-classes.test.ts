import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { emptyParams } from "../form.ts";
import { OPERATIONS } from "../operation.ts";
import { priceCall } from "../pricing.ts";
import { FREE_PRICERS, PRICERS } from "../pricing-table.ts";
import { CLASSED_OPERATIONS, OPERATION_CLASSES } from "./operation-classes.ts";
import { NOT_PRICED_YET } from "./pricing-gaps.ts";

const WRITES = [...OPERATIONS.values()].filter(({ write }) => write).map(({ name }) => name);

const moneyNames = CLASSED_OPERATIONS.filter(
  ({ class: kind }) => kind !== "free" && kind !== "unpriceable",
).map(({ name }) => name);

test("what is generated from the classes and the stripe package is not stale", () => {
  const script = fileURLToPath(new URL("../../../../scripts/write-operation-classes.ts", import.meta.url));
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});

describe("the table of classes", () => {
  test("has every write of Stripe's, each once, and nothing else", () => {
    expect(CLASSED_OPERATIONS.map(({ name }) => name).toSorted()).toEqual(WRITES.toSorted());
    expect(OPERATION_CLASSES.size).toBe(CLASSED_OPERATIONS.length);
  });

  test("says why, wherever the class is not plainly free", () => {
    const silent = CLASSED_OPERATIONS.filter(
      ({ class: kind, freeParameters, reason }) =>
        reason === "" && (kind !== "free" || freeParameters !== undefined),
    );
    expect(silent).toEqual([]);
    // Rows of the page end in a full stop that the page puts there.
    expect(CLASSED_OPERATIONS.filter(({ reason }) => reason.endsWith("."))).toEqual([]);
  });

  test.each([
    ["charges.create", "priced"],
    ["refunds.create", "priced"],
    ["invoices.voidInvoice", "gives"],
    ["subscriptions.create", "opens"],
    ["products.create", "free"],
    ["ephemeralKeys.create", "unpriceable"],
    ["accounts.createExternalAccount", "unpriceable"],
    ["treasury.outboundPayments.create", "priced"],
  ])("%s is %s", (name, kind) => {
    expect(OPERATION_CLASSES.get(name)?.class).toBe(kind);
  });
});

describe("the classes and the pricers", () => {
  test("what has a pricer moves, gives or opens; drafts are free", () => {
    expect([...PRICERS.keys()].filter((name) => !moneyNames.includes(name))).toEqual([]);
    expect([...FREE_PRICERS.keys()].filter((name) => OPERATION_CLASSES.get(name)?.class !== "free")).toEqual(
      [],
    );
  });

  test("what has a rule and no code for it is refused, and named", () => {
    const unpriced = moneyNames.filter((name) => !PRICERS.has(name));
    expect(unpriced.toSorted()).toEqual([...NOT_PRICED_YET].toSorted());
    for (const operation of unpriced) {
      const plan = priceCall({ operation, params: emptyParams(), pathParams: ["obj_1"], apiVersion: null });
      expect(plan.kind, operation).toBe("unknown");
    }
  });
});
