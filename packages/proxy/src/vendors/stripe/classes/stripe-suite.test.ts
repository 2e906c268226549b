import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../operation.ts";
import { resolveOperation } from "../resolve.ts";
import { hasJudgedParameters, OPERATION_CLASSES } from "./operation-classes.ts";
import { NOT_PRICED_YET } from "./pricing-gaps.ts";

const PYTHON = new URL("../../../../../../apps/python/", import.meta.url);

/** By operation: in how many tests it was refused, by code. What is no operation stands with its path. */
type Refused = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface Verdicts {
  readonly tests: Readonly<Record<string, number>>;
  /** By operation: in how many tests it went through. */
  readonly passed: Readonly<Record<string, number>>;
  readonly refused: Refused;
}

/**
 * What became of the tests of Stripe's own Python package, one of every API call, when `pnpm test:stripe-python` last
 * played them: `plain` with a key that allows everything, `knowing` with one that says, too, what each call counts
 * whose figure cannot be told. That run pins the counts; here they are compared with the classes of today.
 */
const { stripe, plain, knowing } = JSON.parse(
  readFileSync(new URL("suite/verdicts.json", PYTHON), "utf8"),
) as { stripe: string; plain: Verdicts; knowing: Verdicts };

/** Refused whatever its parameters, unless the policy says what it counts. */
function hasNoFigure(operation: string): boolean {
  return OPERATION_CLASSES.get(operation)?.class === "unpriceable" || NOT_PRICED_YET.has(operation);
}

function refusedFor(code: string, { refused }: Verdicts): string[] {
  return Object.keys(refused).filter((operation) => refused[operation]?.[code] !== undefined);
}

test("was played with the version that the tests use", () => {
  expect(readFileSync(new URL("requirements.txt", PYTHON), "utf8")).toContain(`\nstripe==${stripe}\n`);
});

describe.each([
  ["plain", plain],
  ["knowing", knowing],
] as const)("Stripe's own suite, with a %s key", (_mode, verdicts) => {
  test("every test passed, or was refused, or has a key of its own", () => {
    const { passed = 0, ...others } = verdicts.tests;
    expect(passed).toBeGreaterThan(3000);
    for (const outcome of Object.keys(others)) expect(outcome).toMatch(/^(?:refused|key of its own): /);
  });

  test("calls operations that are known, and paths of Stripe's other hosts, which are not served", () => {
    const names = [...Object.keys(verdicts.passed), ...Object.keys(verdicts.refused)];
    expect(names.length).toBeGreaterThan(400);
    for (const name of names.filter((candidate) => !OPERATIONS.has(candidate))) {
      expect(verdicts.refused[name]).toEqual({ operation_not_allowed: expect.any(Number) });
      const answers = ["GET", "POST"].map((method) => resolveOperation(method, name));
      expect(answers).toContainEqual({ ok: false, reason: expect.stringContaining("files") });
    }
    expect(refusedFor("operation_not_allowed", verdicts).filter((name) => OPERATIONS.has(name))).toEqual([]);
  });

  test("refuses for no other reason than an unknown figure", () => {
    const codes = Object.values(verdicts.refused).flatMap((byCode) => Object.keys(byCode));
    expect([...new Set(codes)].toSorted()).toEqual(["amount_unknown", "operation_not_allowed"]);
  });
});

test("a plain key is refused what has no figure, every time, and what is plainly free, never", () => {
  expect(Object.keys(plain.passed).filter(hasNoFigure)).toEqual([]);
  for (const operation of refusedFor("amount_unknown", plain).filter((name) => !hasNoFigure(name))) {
    const classed = OPERATION_CLASSES.get(operation);
    // Its figure depends on parameters and on objects, and these had none.
    expect(classed !== undefined && hasJudgedParameters(classed), operation).toBe(true);
  }
});

test("a policy that says what they count lets all pass that a plain key is refused for want of a figure", () => {
  const unknown = refusedFor("amount_unknown", plain);
  expect(unknown.filter(hasNoFigure).filter((name) => knowing.passed[name] === undefined)).toEqual([]);
  // Those have a price of their own, which stripe-mock's objects and the suite's parameters do not give.
  expect(refusedFor("amount_unknown", knowing)).toEqual(["invoiceItems.create", "invoices.pay"]);
});
