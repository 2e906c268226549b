import { expect, test } from "vitest";
import { problemsOfWorkflow } from "./workflow-rules.ts";

const PINNED = `uses: actions/checkout@${"a".repeat(40)} # v6.0.2`;
const GOOD = `permissions: {}
jobs:
  one:
    steps:
      - ${PINNED}
        with:
          persist-credentials: false
  two:
    uses: ./.github/workflows/ci.yml
`;

test("a workflow that keeps the rules", () => {
  expect(problemsOfWorkflow(GOOD)).toEqual([]);
});

test.each([
  ["a tag", PINNED, "uses: actions/checkout@v6", "5 an action is named"],
  ["a short commit", PINNED, `uses: actions/checkout@${"a".repeat(7)} # v6`, "5 an action is named"],
  [
    "a commit without its version",
    PINNED,
    `uses: actions/checkout@${"a".repeat(40)}`,
    "5 an action is named",
  ],
  ["all rights", "permissions: {}", "name: all", "1 without `permissions`"],
  ["a kept token", "          persist-credentials: false\n", "", "1 1 checkouts, 0 with"],
  ["a stranger's change", "jobs:", "on: pull_request_target\njobs:", "2 pull_request_target"],
  ["a secret", "jobs:", "env: { T: $" + "{{ secrets.NPM_TOKEN }} }\njobs:", "2 a release needs no secret"],
])("%s is found", (_what, from, to, problem) => {
  expect(problemsOfWorkflow(GOOD.replace(from, to)).join("\n")).toContain(problem);
});
