import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { STRIPE_PACKAGE_VERSION } from "./generated/operations.generated.ts";
import { findOperation, OPERATIONS } from "./operation.ts";

test("the table is what the installed stripe package says", () => {
  const script = fileURLToPath(new URL("../../../scripts/generate-operations.ts", import.meta.url));
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
  expect(STRIPE_PACKAGE_VERSION).toMatch(/^\d+\.\d+\.\d+$/);
});

test("one operation per route, one route per operation", () => {
  const routes = [...OPERATIONS.values()].map(
    ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`,
  );
  expect(new Set(routes).size).toBe(OPERATIONS.size);
  expect(OPERATIONS.size).toBeGreaterThanOrEqual(650);
});

test("what an operation is", () => {
  expect(OPERATIONS.get("charges.create")).toEqual({
    name: "charges.create",
    method: "POST",
    path: "/v1/charges",
    version: "v1",
    acceptsMetadata: true,
    write: true,
  });
  expect(OPERATIONS.get("charges.search")).toMatchObject({
    kind: "search",
    write: false,
    acceptsMetadata: false,
  });
  expect(OPERATIONS.get("customers.del")).toMatchObject({ method: "DELETE", write: true });
  expect(OPERATIONS.get("files.create")).toMatchObject({ base: "files" });
  expect(OPERATIONS.get("v2.core.accounts.create")).toMatchObject({ version: "v2", acceptsMetadata: true });
  for (const name of ["refunds.create", "paymentIntents.create", "transfers.create", "payouts.create"]) {
    expect(OPERATIONS.get(name)?.acceptsMetadata, name).toBe(true);
  }
  expect(OPERATIONS.get("charges.capture")?.acceptsMetadata).toBe(false);
});

test("names in stripe-python's spelling", () => {
  expect(findOperation("payment_intents.create")?.name).toBe("paymentIntents.create");
  expect(findOperation("customers.delete")?.name).toBe("customers.del");
  expect(findOperation("checkout.sessions.list_line_items")?.name).toBe("checkout.sessions.listLineItems");
  expect(findOperation("charges.steal")).toBeUndefined();
});

/** A list of operations derived independently, where it is present beside the repository. */
const FACTS = fileURLToPath(
  new URL("../../../../../../shared/facts/stripe-operations.json", import.meta.url),
);

describe.runIf(existsSync(FACTS))("the independently derived list", () => {
  interface Fact {
    readonly op: string;
    readonly method: string;
    readonly path: string;
    readonly kind?: string;
    readonly base?: string;
  }

  test("has the same operations", () => {
    const facts = (JSON.parse(readFileSync(FACTS, "utf8")) as Fact[])
      // stripe-node's accounts.retrieve without an id is accounts.retrieveCurrent.
      .filter((fact) => !(fact.op === "accounts.retrieve" && fact.path === "/v1/account"));
    expect(facts.map(({ op }) => op).toSorted()).toEqual([...OPERATIONS.keys()].toSorted());
    for (const { op, ...route } of facts) expect(OPERATIONS.get(op), op).toMatchObject(route);
  });
});
