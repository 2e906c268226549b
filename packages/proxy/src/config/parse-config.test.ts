import { describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { VENDORS } from "../proxy.ts";
import { parseConfig } from "./parse-config.ts";

/** `2:3 …` for each problem; what is in order has none. */
function problemsOf(text: string): readonly string[] {
  const read = parseConfig(text, VENDORS.stripe);
  if (!("problems" in read)) return [];
  return read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const WHOLE = `# yaml-language-server: $schema=./node_modules/keybrake/keybrake.schema.json
$schema: ./keybrake.schema.json
serve:
  port: 8787
  host: 127.0.0.1
  allowed_hosts: [proxy.internal]
  store: sqlite:./keybrake.db
  drain_notice: 5
  log_level: warn
accounts:
  default: { vendor: stripe, credential: { env: STRIPE_SECRET_KEY } }
secrets:
  admin_key: { file: /run/secrets/admin }
rates:
  eur: "1.0850"
budgets:
  company: { usd_cap: 50000, window: 30d }
  team-billing: { daily_usd_cap: 2000, parent: company }
roles:
  june:
    role: billing
    daily_usd_cap: 500
    budgets: [team-billing]
    approval: { above_usd: 100 }
  reader: { allowed_operations: [reads] }
alerts:
  budget_percents: [25, 90]
  targets:
    ops: { url: { env: OPS_URL }, signing_secret: { env: OPS_SECRET }, types: [call.unknown] }
    channel: { kind: slack, url: { file: slack.url } }
`;

test("a whole file is read as it was written", () => {
  const read = parseConfig(WHOLE, VENDORS.stripe);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  expect(read.config.serve).toEqual({
    ...{ port: 8787, host: "127.0.0.1", allowed_hosts: ["proxy.internal"], store: "sqlite:./keybrake.db" },
    ...{ drain_notice: 5, log_level: "warn" },
  });
  // No default stands in a role that its file does not say: it would stand over a request.
  expect(read.config.roles?.reader).toEqual({ allowed_operations: ["reads"] });
  expect(read.config.budgets?.["team-billing"]).toEqual({ daily_usd_cap: 2000, parent: "company" });
  expect(read.placeOf(["serve", "port"])).toEqual({ line: 4, column: 9 });
});

test("a file that says nothing has nothing wrong", () => {
  for (const text of ["", "# only this\n", "---\n", "{}\n"]) expect(problemsOf(text), text).toEqual([]);
});

describe("what is wrong is told with its place, and what to do", () => {
  test.each([
    ["serve:\n  prot: 1", "2:3 serve.prot: there is no such setting. Did you mean port?"],
    ["server:\n  port: 1", "1:1 server: there is no such setting. Did you mean serve?"],
    [
      "budgets:\n  team: { dayly_usd_cap: 5 }",
      "2:11 budgets.team.dayly_usd_cap: there is no such setting. Did you mean daily_usd_cap?",
    ],
    [
      "roles:\n  june:\n    role: billing\n    daily_usd_cap: 5\n    zzzzzzzzz: 1",
      /^5:5 roles\.june\.zzzzzzzzz: there is no such setting\. Here may stand: /,
    ],
    ["serve:\n  port: no", "2:9 serve.port: a number is wanted."],
    ["serve:\n  port: 70000", /^2:9 serve\.port: Too big/],
    ["serve:\n  port: 1.5", /^2:9 serve\.port: /],
    [
      "serve:\n  alerts_allow_private: no",
      "2:25 serve.alerts_allow_private: write true or false, which alone are so in YAML 1.2.",
    ],
    ["serve:\n  port:", "2:8 serve.port: nothing stands here; a number is wanted."],
    [
      "rates:\n  eur: 1.0850",
      '2:8 rates.eur: write it in quotes, such as "1.0850", so that it is exact; put it in quotes.',
    ],
    ['rates:\n  euro: "1.0"', '2:9 rates.euro: Rate for "euro": not a currency code.'],
    ["budgets:\n  team: { usd_cap: 5 }", "2:9 budgets.team: give daily_usd_cap, or usd_cap with window."],
    [
      "budgets:\n  a: { daily_usd_cap: 1, parent: a }",
      "2:34 budgets.a.parent: this line of parents ends nowhere: a → a.",
    ],
    ["budgets:\n  '-x': { daily_usd_cap: 1 }", /^2:3 budgets\.-x: not a name for it: /],
    [
      "roles:\n  billing: { daily_usd_cap: 5 }",
      "2:3 roles.billing: this role is built in, and cannot be another. Give yours another name.",
    ],
    [
      "roles:\n  june: { daily_usd_cap: 5 }",
      /^2:\d+ roles\.june\.allowed_operations: Give a role or allowed_operations/,
    ],
    [
      "roles:\n  june: { allowed_operations: [charge.create] }",
      /^2:31 roles\.june\.allowed_operations: 'charge\.create' names no Stripe operation/,
    ],
    [
      "roles:\n  june: { role: billing, customers: [bob] }",
      "2:37 roles.june.customers.0: not the id of a Stripe customer.",
    ],
    [
      "roles:\n  june: { role: billing, name: x }",
      /^2:26 roles\.june\.name: there is no such setting\. Here may stand: daily_usd_cap, /,
    ],
    [
      "alerts:\n  targets:\n    ops: { url: { env: A } }",
      "3:10 alerts.targets.ops: a webhook has a signing_secret, and Slack has none.",
    ],
    [
      "alerts:\n  targets:\n    ops: { kind: slack, url: https://x.example }",
      "3:30 alerts.targets.ops.url: names with values are wanted.",
    ],
    [
      "accounts:\n  default: { vendor: stripe, credential: { env: A, file: b } }",
      "2:42 accounts.default.credential: give env or file, one of the two.",
    ],
    [
      "accounts:\n  default: { vendor: stripe, credential: { env: A } }\n  second: {}",
      "3:3 accounts.second: there is no such setting. Here may stand: default.",
    ],
    ["[]", "1:1 names with values are wanted."],
    ["just words", "1:1 names with values are wanted."],
  ])("%j", (text, expected) => {
    const [first = "", ...others] = problemsOf(text);
    if (expected instanceof RegExp) expect(first).toMatch(expected);
    else expect(first).toBe(expected);
    expect(others).toEqual([]);
  });
});

test("all that is wrong is told at once, in the order of the file, up to a bound", () => {
  expect(problemsOf("serve:\n  prot: 1\n  hots: x\nrats: 1").map((line) => line.split(" ")[0])).toEqual([
    "2:3",
    "3:3",
    "4:1",
  ]);
  const many = Array.from({ length: 100 }, (_, index) => `x${index}: 1`).join("\n");
  expect(problemsOf(many)).toHaveLength(LIMITS.configProblems);
});

describe("no secret stands in the file, and none is quoted", () => {
  test.each([
    "accounts:\n  default: { vendor: stripe, credential: sk_live_51Hidden }",
    "# the key is rk_test_51Hidden\nserve: { port: 1 }",
    'serve: { host: "sk\\x5flive_51Hidden" }',
    "serve:\n  store: postgres://user:Hidden@db/keybrake",
    "alerts:\n  targets:\n    a: { kind: slack, url: { env: A } } # https://hooks.slack.com/services/T0/B0/Hidden",
    "secrets: { admin_key: kbadmin_Hidden }",
    "vk_live_Hidden: 1",
  ])("%j", (text) => {
    const problems = problemsOf(text);
    expect(problems.join()).toContain("Secrets stay out of this file");
    expect(problems.join()).not.toContain("Hidden");
  });
});

describe("what a reader and a parser see differently is refused", () => {
  test.each([
    ["an alias", "budgets:\n  a: &x { daily_usd_cap: 1 }\n  b: *x", "anchors and aliases"],
    ["a merge", "budgets:\n  a: { daily_usd_cap: 1 }\n  <<: { b: 1 }", "no name that a setting"],
    ["a tag", "serve:\n  port: !!str 1", "tags (!)"],
    ["a tag of somebody's", "serve:\n  port: !js/function x", "tag"],
    ["a name twice", "serve:\n  port: 1\n  port: 2", "3:3 port stands here a second time"],
    ["a prototype", "__proto__: { port: 1 }", "no name that a setting"],
    ["a constructor", "budgets:\n  constructor: { daily_usd_cap: 1 }", "no name that a setting"],
    ["a list as a name", "? [a]\n: 1", "keys must be strings"],
    ["a tab", "serve:\n\tport: 1", "2:1 "],
    ["two documents", "serve: {}\n---\nserve: {}", "multiple documents"],
    ["infinity", "budgets:\n  a: { daily_usd_cap: 1e400 }", "too large"],
    ["not a number", "budgets:\n  a: { daily_usd_cap: .nan }", "too large"],
    ["digits that no double holds", "budgets:\n  a: { daily_usd_cap: 90071992547409931 }", "too large"],
    ["a fraction of a millionth", "budgets:\n  a: { daily_usd_cap: 0.1234567 }", "six decimals"],
    ["a negative cap", "budgets:\n  a: { daily_usd_cap: -1 }", "Too small"],
    ["an open quote", 'serve:\n  host: "x', "quote"],
  ])("%s", (_what, text, words) => {
    expect(problemsOf(text).join("\n")).toContain(words);
  });

  test("huge files, deep ones and bombs are told so", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...Array.from({ length: 20 }, (_, at) => `b${at}: [*a,*a,*a,*a,*a]`),
    ].join("\n");
    expect(problemsOf("[".repeat(8_000)).join()).toContain("nests deeper");
    expect(problemsOf("a:\n ".repeat(2_000)).length).toBeGreaterThan(0);
    expect(problemsOf("{a: ".repeat(4_000)).length).toBeGreaterThan(0);
    expect(problemsOf(`a: "${"x".repeat(LIMITS.configBytes)}"`)[0]).toContain("bytes");
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
    const wide = Array.from({ length: 1_000 }, (_, at) => `x${at}: 1`).join("\n");
    expect(problemsOf(wide)).toHaveLength(LIMITS.configProblems);
  });
});
