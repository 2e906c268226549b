import { expect, test } from "vitest";
import { JUDGED_API_VERSION } from "./generated/parameters.generated.ts";
import { isJudgedVersion } from "./judge-version.ts";

const release = JUDGED_API_VERSION.split(".")[1];

test.each([JUDGED_API_VERSION, "2014-01-31", "2024-06-20", "2025-01-27.acacia", `2099-01-01.${release}`])(
  "%s is judged",
  (version) => {
    expect(isJudgedVersion(version)).toBe(true);
  },
);

test.each([
  "2099-01-01.zinnia",
  "2099-01-01",
  `${JUDGED_API_VERSION.split(".")[0]}.preview`,
  "2024-06-20; issuing_beta=v1",
  `${JUDGED_API_VERSION};feature=v2`,
  "2020-08-27.preview",
  "2024-06-20, 2099-01-01.zinnia",
  "latest",
  "",
])("%s is not", (version) => {
  expect(isJudgedVersion(version)).toBe(false);
});
