import { redactSecrets } from "@keybrake/core";
import { expect, test } from "vitest";

test.each([
  ["key sk_live_51H8abcDEF here", "key [redacted] here"],
  ["sk_test_********************1234", "[redacted]"],
  ["'rk_test_*****...qs8Kgd' on", "'[redacted]' on"],
  ["vk_live_a-B_c9/x", "[redacted]/x"],
  ["Bearer vk_sim_abc,vk_test_def", "Bearer [redacted],[redacted]"],
  ["whsec_abc123", "[redacted]"],
  ["risk_live_x and task_test_y", "risk_live_x and task_test_y"],
  ["nothing to hide", "nothing to hide"],
])("redactSecrets(%j)", (text, expected) => {
  expect(redactSecrets(text)).toBe(expected);
});
