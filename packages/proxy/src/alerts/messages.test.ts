import { expect, test } from "vitest";
import { retryAt } from "./retry.ts";
import { slackMessage } from "./slack.ts";
import { createAddressBox } from "./targets.ts";
import { firingOf, type Told } from "./told.ts";

test("tries come ever more seldom, over a night, and end", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempts) => retryAt(attempts, 0, 0.5) ?? 0);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits[0]).toBe(5_000);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(12 * 3_600_000);
  expect([retryAt(1, 100, 0), retryAt(1, 100, 1)]).toEqual([4_100, 6_100]);
  expect(retryAt(10, 0, 0.5)).toBeNull();
});

const told: Told = {
  type: "approval.requested",
  timestamp: "2026-11-22T00:00:00.000Z",
  summary: "<!everyone> & <https://evil.example|refund>: '*now*'",
  data: { agent: "<@U123> _please_", usd: 12.5, nothing: null, call_ids: ["a", "b"], long: "é".repeat(5000) },
  links: [{ text: "Approve", url: "https://keybrake.example.com/app" }],
};

test("Slack reads no command in what somebody chose", () => {
  const message = slackMessage(told, { answersCards: false }) as { text: string; blocks: any[] };
  expect(message.text).toBe("&lt;!everyone&gt; &amp; &lt;https://evil.example|refund&gt;: '*now*'");
  const texts = JSON.stringify(message.blocks).match(/"type":"[a-z_]+"/g);
  expect(texts).not.toContain('"type":"mrkdwn"');
  const [section, fields, actions] = message.blocks;
  expect(section.text).toEqual({ type: "plain_text", text: told.summary, emoji: false });
  expect(fields.fields.map(({ text }: { text: string }) => text.slice(0, 20))).toEqual([
    "agent\n<@U123> _pleas",
    "usd\n12.5",
    "call ids\na, b",
    `long\n${"é".repeat(15)}`,
  ]);
  expect(Math.max(...fields.fields.map(({ text }: { text: string }) => text.length))).toBeLessThanOrEqual(
    2000,
  );
  expect(actions.elements).toEqual([
    { type: "button", text: { type: "plain_text", text: "Approve", emoji: false }, url: told.links[0]?.url },
  ]);
});

test("a key in a name is cut out of what is told", () => {
  const once = { name: "x", until: null };
  const key = `vk_live_${"a".repeat(43)}`;
  const { payload } = firingOf(
    { type: "call.unknown", at: 0, summary: `of '${key}'`, data: { name: key }, once },
    "alert_1",
  );
  expect(payload).not.toContain("vk_live_a");
  expect(JSON.parse(payload)).toMatchObject({ summary: "of '[redacted]'", data: { name: "[redacted]" } });
});

test("an address is opened by its master key alone, and for its target alone", () => {
  const random = (length: number) => new Uint8Array(length).fill(7);
  const boxes = createAddressBox(new Uint8Array(32).fill(1), random);
  const address = { url: "https://hooks.example.com/?token=t", secret: "whsec_x" };
  const box = boxes.close("one", address);
  expect(box).not.toContain("token");
  expect(boxes.open({ id: "one", box })).toEqual(address);
  expect(boxes.open({ id: "two", box })).toBeNull();
  expect(createAddressBox(new Uint8Array(32).fill(2), random).open({ id: "one", box })).toBeNull();
});
