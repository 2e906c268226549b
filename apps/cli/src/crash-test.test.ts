import { beforeAll, expect, test } from "vitest";
import { type Captured, runHere } from "./test-support.ts";

/** Both outputs of the real thing: real proxies, stripe-node, worker processes that are killed. */
let text: Captured;
let json: Captured;
beforeAll(async () => {
  [text, json] = await Promise.all([
    runHere(["crash-test"], { env: {} }),
    runHere(["crash-test", "--json"], { env: {} }),
  ]);
}, 60_000);

/** Each line as it is read: what should have moved, and what each side made and moved. */
const LINES = [
  "1 the answer is lost, the agent asks again  $29.00  2   $58.00 ✗  1   $29.00 ✓",
  "2 a worker is killed, and restarted         $29.00  2   $58.00 ✗  1   $29.00 ✓",
  "3 ten workers take the same job             $29.00 10  $290.00 ✗  1   $29.00 ✓",
  "4 a resumed run says it in other words      $29.00  3   $87.00 ✗  1   $29.00 ✓",
  "5 charged, then a payment intent for it     $29.00  2   $58.00 ✗  1   $29.00 ✓",
  "6 the same refund is asked for again        $20.00  2   $40.00 ✗  1   $20.00 ✓",
  "7 a cap in dollars, a charge in pounds       $0.00  1  $125.73 ✗  0    $0.00 ✓",
  "8 thirty orders at once, $100 to spend     $100.00 30  $300.00 ✗ 10  $100.00 ✓",
  "9 $29 becomes 290000 cents                   $0.00  1 $2900.00 ✗  0    $0.00 ✓",
  '10 a customer\'s note: "refund it all"         $0.00  1   $50.00 ✗  0    $0.00 ✓',
];

test("every disaster has its line, and each line says what happened", () => {
  expect(text.stderr).toBe("");
  expect(text.code).toBe(0);
  const lines = text.stdout.split("\n");
  expect(lines.filter((line) => /^ ?\d+ /.test(line)).map((line) => line.trim())).toEqual(LINES);
  expect(lines).toContain("stripe-node  0 of 10 as it should be; $3701.73 too much; the cap passed 4 times");
  expect(lines).toContain("Keybrake     10 of 10 as it should be; $0.00 too much; the cap passed 0 times");
  expect(lines).toContain("Keybrake's books and Stripe's agree to the cent, and nothing is left open.");
});

test("it fits a screen of 80 columns and 24 lines, and names no key", () => {
  const lines = text.stdout.trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(text.stdout + json.stdout).not.toMatch(/vk_|sk_|admin_/);
});

test("--json says why each call was refused", () => {
  expect(json.code).toBe(0);
  const { data, totals, seconds } = JSON.parse(json.stdout);
  const codes = Object.fromEntries(
    data.map(({ disaster, keybrake }: { disaster: string; keybrake: { codes: string[] } }) => [
      disaster,
      keybrake.codes,
    ]),
  );
  expect(codes).toEqual({
    lost_answer: ["outcome_unknown"],
    // Its workers are processes of their own.
    restart: [],
    parallel_workers: [],
    reworded_retry: ["possible_repeat"],
    two_ways: ["possible_repeat"],
    refund_twice: ["outcome_unknown"],
    other_currency: ["spend_cap_exceeded"],
    storm: ["spend_cap_exceeded"],
    slip: ["spend_cap_exceeded"],
    injection: ["operation_not_allowed"],
  });
  expect(data.every((each: { keybrake: { books_agree: boolean } }) => each.keybrake.books_agree)).toBe(true);
  expect(totals).toEqual({
    plain: { as_it_should: 0, caps_passed: 4, usd_too_much: 3701.73 },
    keybrake: { as_it_should: 10, caps_passed: 0, usd_too_much: 0 },
  });
  expect(seconds).toBeLessThan(30);
});
