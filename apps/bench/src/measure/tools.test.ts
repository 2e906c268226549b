import { inspect } from "node:util";
import { expect, test } from "vitest";
import { measureTools, PROBES } from "./tools.ts";

test("each framework makes a simulated charge with Keybrake's tool, and both tools are timed", async () => {
  const probes = await Promise.all(PROBES.map((load) => load()));
  for (const { framework, callKeybrake, callPlain, createTools } of probes) {
    const show = (value: unknown) => inspect(value, { depth: null });
    expect(show(await callKeybrake("order-1")), framework).toMatch(/ok['"]?: ?true[\s\S]*ch_mock_(?!plain)/);
    expect(show(await callPlain("order-1")), framework).toContain("ch_mock_plain");
    expect(Object.keys(Object(createTools())), framework).toHaveLength(4);
  }
  const figures = await measureTools(probes, { calls: 10, rounds: 1 });
  expect(figures.map(({ framework }) => framework)).toEqual(probes.map(({ framework }) => framework));
  for (const { keybrakeUs, plainUs, createUs } of figures) {
    for (const { median } of [keybrakeUs, plainUs, createUs]) expect(median).toBeGreaterThan(0);
  }
});
