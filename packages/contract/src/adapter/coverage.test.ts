import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ELSEWHERE } from "./elsewhere.ts";
import { plainLoop } from "./plain-loop.ts";
import { type ContractReport, findGaps } from "./report.ts";
import { runAdapterContract } from "./run-adapter-contract.ts";
import { ARTICLES, type Article, PARTS, type Part } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** What an article has to say: a failure mode, a row of its table of controls, a gap, a question. */
interface Topic {
  readonly article: Article;
  readonly part: Part;
  readonly topic: string;
  /** Word for word, as they were taken from the article. */
  readonly sentences: readonly string[];
}

const topics: readonly Topic[] = JSON.parse(readFileSync(join(import.meta.dirname, "articles.json"), "utf8"));

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

const named = ({ article, part }: Pick<Topic, "article" | "part">, sentence: string) =>
  `${article}, ${part}: ${sentence}`;

test("every quoted sentence stands in its part of its article", () => {
  const known = new Set(topics.flatMap((topic) => topic.sentences.map((sentence) => named(topic, sentence))));
  const made = quotes.filter((seed) => !known.has(named(seed, seed.sentence)));
  expect(made.map(({ id, sentence }) => `${id}: ${sentence}`)).toEqual([]);
});

test("every topic of every article is quoted, by each of the sentences that stand for it", () => {
  const used = new Set(quotes.map((seed) => named(seed, seed.sentence)));
  for (const { article, topic, sentences } of topics) {
    expect(sentences.length, `${article}: ${topic}`).toBeGreaterThan(0);
  }
  const left = topics.flatMap((topic) => topic.sentences.map((sentence) => named(topic, sentence)));
  expect(left.filter((sentence) => !used.has(sentence))).toEqual([]);
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
