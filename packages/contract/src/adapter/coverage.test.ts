import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ELSEWHERE } from "./elsewhere.ts";
import { plainLoop } from "./plain-loop.ts";
import { type ContractReport, findGaps } from "./report.ts";
import { runAdapterContract } from "./run-adapter-contract.ts";
import { ARTICLES, type Article, PARTS, type Part } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");
/** The articles themselves, where a machine has them. */
const SEEDS = join(dirname(REPOSITORY), "shared", "seeds");

const quotes = [
  ...SCENARIOS.flatMap(({ id, seeds }) => seeds.map((seed) => ({ ...seed, id }))),
  ...ELSEWHERE.map(({ seed }) => ({ ...seed, id: "elsewhere" })),
];

test("ids are unique and of one shape", () => {
  const ids = SCENARIOS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+\.[a-z0-9-]+$/);
});

test("every article has scenarios for each of its parts", () => {
  // OpenAI Swarm, LlamaIndex, AutoGen and DSPy list gaps; Semantic Kernel's list is empty.
  const parts: Readonly<Record<Article, readonly Part[]>> = {
    "openai-swarm": ["failure", "control", "gap", "faq"],
    autogen: ["failure", "control", "gap", "faq"],
    dspy: ["failure", "control", "gap", "faq"],
    llamaindex: ["failure", "control", "gap", "faq"],
    "semantic-kernel": ["failure", "control", "faq"],
  };
  for (const article of Object.keys(ARTICLES) as Article[]) {
    for (const part of Object.keys(PARTS) as Part[]) {
      const count = SCENARIOS.flatMap(({ seeds }) => seeds).filter(
        (seed) => seed.article === article && seed.part === part,
      ).length;
      expect(count > 0, `${article} ${part}`).toBe(parts[article].includes(part));
    }
  }
});

test.skipIf(!existsSync(SEEDS))("every quoted sentence stands in its article", () => {
  // Without spaces: the texts have lost some of theirs around code.
  const plain = (text: string) => text.replaceAll(/\s+/g, "");
  const missing = quotes.filter(({ article, sentence }) => {
    const text = plain(readFileSync(join(SEEDS, `${article}.txt`), "utf8"));
    return !text.includes(plain(sentence));
  });
  expect(missing.map(({ id, article, sentence }) => `${id} ${article}: ${sentence}`)).toEqual([]);
});

describe("the gate", () => {
  const scenarios = [{ id: "a.b" }];
  const report = (adapter: string, ...results: ContractReport["results"]): ContractReport => ({
    adapter,
    results,
  });

  test("a scenario that some adapter passes, and others skip with a reason, is no gap", () => {
    const reports = [
      report("one", { scenario: "a.b", result: "passed" }),
      report("two", { scenario: "a.b", result: "skipped", reason: "it has no signal" }),
    ];
    expect(findGaps(scenarios, reports)).toEqual([]);
  });

  test.each([
    ["no report at all", [], /no adapter passes it/],
    [
      "all skip it",
      [report("one", { scenario: "a.b", result: "skipped", reason: "r" })],
      /no adapter passes/,
    ],
    ["one fails it", [report("one", { scenario: "a.b", result: "failed" })], /one fails it/],
    ["a skip without a reason", [report("one", { scenario: "a.b", result: "skipped" })], /without a reason/],
    ["an adapter does not know it", [report("one")], /one did not run it/],
  ] as const)("%s is one", (_name, reports, gap) => {
    expect(findGaps(scenarios, reports).join("\n")).toMatch(gap);
  });

  test.each([
    ["of an unknown scenario", [{ scenario: "no.such", reason: "r" }], /no scenario 'no.such'/],
    ["without a reason", [{ scenario: "cap.loop", reason: " " }], /without a reason/],
    [
      "twice",
      [
        { scenario: "cap.loop", reason: "r" },
        { scenario: "cap.loop", reason: "r" },
      ],
      /twice/,
    ],
  ])("a skip %s is refused", (_name, skip, problem) => {
    expect(() => runAdapterContract({ ...plainLoop, skip })).toThrow(problem);
  });
});
