import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PATH_TRICKS } from "../../../test/path-tricks.ts";
import { OPERATIONS } from "./operation.ts";
import { resolveOperation, type StripeRoute } from "./resolve.ts";

/** An independent reading: the template as a regular expression over the normalised path. */
function namesHonestly(resolution: StripeRoute, method: string): boolean {
  const { operation, path } = resolution;
  const id = "(?!search$)[A-Za-z0-9_-]+";
  const name = "(?:[A-Za-z0-9_.~-]|%(?:3A|40|2B|3D|2C))+";
  const template = operation.path.replaceAll(
    /\{\w+\}/g,
    /^\/v1\/(?:plans|coupons|reporting\/report_types)/.test(path) ? name : id,
  );
  return method === operation.method && new RegExp(`^${template}$`).test(path) && !path.includes("..");
}

describe("honest targets", () => {
  test.each([...OPERATIONS.values()].map((operation) => [operation.name, operation] as const))(
    "%s",
    (_name, operation) => {
      const target = operation.path.replaceAll(/\{\w+\}/g, "obj_1");
      const resolution = resolveOperation(operation.method, target);
      if (operation.base !== undefined || operation.streaming === true || target.startsWith("/oauth")) {
        expect(resolution.ok).toBe(false);
        return;
      }
      expect(resolution).toMatchObject({
        ok: true,
        operation: { name: operation.name },
        path: target,
        query: "",
      });
      expect(resolveOperation(operation.method, `/stripe${target}?a=b`)).toMatchObject({
        operation: { name: operation.name },
        path: target,
        query: "a=b",
      });
    },
  );

  test("ids are given decoded and re-encoded", () => {
    expect(resolveOperation("GET", "/v1/plans/gold%3amonthly+x")).toMatchObject({
      path: "/v1/plans/gold%3Amonthly%2Bx",
      pathParams: ["gold:monthly+x"],
    });
    expect(resolveOperation("DELETE", "/stripe/v1/customers/cus_1/sources/card_2")).toMatchObject({
      operation: { name: "customers.deleteSource" },
      pathParams: ["cus_1", "card_2"],
    });
  });
});

describe("path tricks", () => {
  test("there are at least a hundred different ones", () => {
    const targets = new Set(PATH_TRICKS.map(({ method, target }) => `${method} ${target}`));
    expect(targets.size).toBe(PATH_TRICKS.length);
    expect(PATH_TRICKS.length).toBeGreaterThanOrEqual(100);
  });

  test.each(PATH_TRICKS.map((trick) => [trick.name, trick] as const))("%s", (_name, trick) => {
    const resolution = resolveOperation(trick.method, trick.target);
    expect(resolution.ok ? resolution.operation.name : null).toBe(trick.resolvesTo);
    if (resolution.ok) expect(namesHonestly(resolution, trick.method)).toBe(true);
    else {
      expect(resolution.reason).not.toBe("");
    }
  });
});

test("reasons say what is not served", () => {
  const reason = (method: string, target: string) => {
    const resolution = resolveOperation(method, target);
    return resolution.ok ? null : resolution.reason;
  };
  expect(reason("POST", "/oauth/token")).toContain("OAuth");
  expect(reason("POST", "/v1/files")).toContain("files host");
  expect(reason("GET", "/v1/quotes/qt_1/pdf")).toContain("files");
  expect(reason("GET", "/v1/charges/")).toContain("trailing slash");
});

describe("properties", () => {
  const fragments = [
    ...["v1", "v2", "stripe", "charges", "refunds", "search", "customers", "ch_1", "capture", "plans", "."],
    ...[
      "/",
      "//",
      "..",
      "%2e",
      "%2f",
      "%5c",
      "\\",
      ";",
      "?",
      "#",
      "%",
      "%00",
      "é",
      " ",
      "@",
      ":",
      "%3A",
      "_",
      "A",
    ],
  ];
  const target = fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((parts) => parts.join(""));
  const mutated = fc
    .tuple(
      fc.constantFrom(...[...OPERATIONS.values()].map(({ path }) => path.replaceAll(/\{\w+\}/g, "obj_1"))),
      fc.nat({ max: 60 }),
      fc.nat({ max: 3 }),
      fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: "binary", maxLength: 3 })),
    )
    .map(([path, at, drop, insert]) => path.slice(0, at) + insert + path.slice(at + drop));

  test.each([
    ["built of fragments", target],
    ["mutated", mutated],
  ])("a target %s resolves only to what its normalised path names", (_name, targets) => {
    fc.assert(
      fc.property(targets, fc.constantFrom("GET", "POST", "DELETE"), (tried, method) => {
        const resolution = resolveOperation(method, tried);
        if (!resolution.ok) return;
        expect(namesHonestly(resolution, method)).toBe(true);
        // Normalising again changes nothing, and a strict URL parser reads the same path.
        expect(resolveOperation(method, resolution.path)).toMatchObject({
          operation: { name: resolution.operation.name },
          path: resolution.path,
        });
        expect(new URL(resolution.path, "https://api.stripe.com").pathname).toBe(resolution.path);
      }),
      { numRuns: 3000 },
    );
  });
});
