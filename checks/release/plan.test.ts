import { expect, test } from "vitest";
import { versionProblems } from "./plan.ts";

const core = { name: "@keybrake/core", version: "0.2.0", dependencies: { zod: "^4.0.0" } };

test("one version, asked for exactly, and what is not ours is not looked at", () => {
  const ax = { name: "@keybrake/ax", version: "0.2.0", dependencies: { "@keybrake/core": "0.2.0" } };
  expect(versionProblems([core, ax], "0.2.0")).toEqual([]);
});

test("a package left behind, and ranges that take another version, are told", () => {
  const ax = { name: "@keybrake/ax", version: "0.1.0", dependencies: { "@keybrake/core": "^0.2.0" } };
  const mcp = { name: "@keybrake/mcp", version: "0.2.0", peerDependencies: { "@keybrake/core": "0.1.0" } };
  expect(versionProblems([core, ax, mcp], "0.2.0")).toEqual([
    "@keybrake/ax has 0.1.0, not 0.2.0",
    "@keybrake/ax asks for @keybrake/core ^0.2.0, not 0.2.0",
    "@keybrake/mcp asks for @keybrake/core 0.1.0, not 0.2.0",
  ]);
});
