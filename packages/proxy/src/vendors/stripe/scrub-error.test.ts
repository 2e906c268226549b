import { expect, test } from "vitest";
import { scrubUpstreamError } from "./scrub-error.ts";

test("401 and 403 become neutral errors of Stripe's shape", () => {
  const body = JSON.stringify({
    error: {
      type: "invalid_request_error",
      code: "more_permissions_required",
      message: "The provided key 'rk_test_*****...qs8Kgd' lacks permissions on account 'acct_123'.",
      request_log_url: "https://dashboard.stripe.com/acct_123/logs",
    },
  });
  for (const status of [401, 403]) {
    const scrubbed = scrubUpstreamError(status, body);
    expect(scrubbed).not.toMatch(/rk_|qs8Kgd|acct_|dashboard/);
    expect(JSON.parse(scrubbed)).toMatchObject({
      error: {
        type: "invalid_request_error",
        code: "more_permissions_required",
        message: expect.stringContaining("Stripe refused"),
      },
    });
  }
});

test.each([
  "<html>",
  "",
  "null",
  '{"error":"text"}',
  '{"error":{"code":"sk_live_X"}}',
  '{"error":{"code":7}}',
])("a 401 body %j leaves nothing behind", (body) => {
  expect(Object.keys(JSON.parse(scrubUpstreamError(401, body)).error)).toEqual(["type", "message"]);
});

// An SDK takes a body without an `error` object for a success, and one with a text for OAuth's.
test.each(["oops sk_live_abc", "", "{}", "[]", "null", '"error"', '{"error":"text"}', '{"error":["x"]}'])(
  "an error body %j, which Stripe would not write, becomes one",
  (body) => {
    expect(JSON.parse(scrubUpstreamError(502, body)).error).toMatchObject({
      type: "api_error",
      code: "http_502",
    });
    expect(scrubUpstreamError(502, body)).not.toContain("sk_live");
  },
);

test("other errors pass, without keys", () => {
  expect(scrubUpstreamError(402, '{"error":{"code":"card_declined"}}')).toBe(
    '{"error":{"code":"card_declined"}}',
  );
  expect(scrubUpstreamError(500, '{"error":{"message":"oops sk_live_abc"}}')).toBe(
    '{"error":{"message":"oops [redacted]"}}',
  );
});
