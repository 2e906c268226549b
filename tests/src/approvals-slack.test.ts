import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Receiver, startReceiver } from "./alert-receiver.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/*
 * STAND-IN FOR SLACK: the receiver takes what its incoming webhook would be sent, and `press` sends what Slack would send
 * for a button, signed by its published rules. Nothing here has talked to Slack.
 */
const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

let stack: Stack;
let slack: Receiver;
beforeAll(async () => {
  stack = await startStack({ alertsAllowPrivate: true, slackSigningSecret: SIGNING_SECRET });
  slack = await startReceiver();
  const target = { url: slack.url, kind: "slack", types: ["approval.requested", "approval.resolved"] };
  await stack.admin("/alerts", { method: "POST", body: target });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

const charge = ({ vault_key }: IssuedKey) =>
  stack.call(vault_key, "POST", "/v1/charges", {
    form: { amount: "50000", currency: "usd", source: "tok_visa", description: "<!channel> *approve* me" },
    headers: { "x-agent-run-id": "run-1" },
  });

interface Signed {
  readonly at?: number;
  readonly secret?: string;
  readonly sent?: (body: string) => string;
}

const now = () => Math.floor(Date.now() / 1000);

/** As Slack tells of one button that was pressed. */
async function press(
  action: object,
  { at = now(), secret = SIGNING_SECRET, sent = (body) => body }: Signed = {},
) {
  const payload = { type: "block_actions", user: { id: "U2147483697", name: "anna" }, actions: [action] };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`;
  const { status } = await fetch(`${stack.url}/slack/actions`, {
    method: "POST",
    body: sent(body),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": String(at),
      "x-slack-signature": signature,
    },
  });
  return status;
}

async function asked() {
  const key = await stack.issue({ role: "billing", daily_usd_cap: 10_000, approval: { above_usd: 100 } });
  const { body } = await charge(key);
  const id: string = body.error.keybrake.approval_id;
  const find = () => slack.received.find(({ text }) => text.includes(id));
  await expect.poll(find, { timeout: 10_000 }).toBeDefined();
  return { key, id, message: find()?.body };
}

const statusOf = async (id: string) => (await stack.admin(`/approvals/${id}`)).body;

test("the card has the amount, the run, the agent's words as text, and two buttons; one press answers", async () => {
  const { key, id, message } = await asked();
  expect(message.text).toContain("$500.00");
  const shown = JSON.stringify(message.blocks);
  expect(shown).toContain("run-1");
  expect(shown).toContain("the agent says\\n");
  expect(shown).not.toContain('"mrkdwn"');
  const { elements } = message.blocks.at(-1);
  expect(elements).toMatchObject([
    { type: "button", action_id: "keybrake_approve", value: id, style: "primary" },
    { type: "button", action_id: "keybrake_deny", value: id, style: "danger" },
  ]);
  expect(await press(elements[0])).toBe(200);
  expect(await statusOf(id)).toMatchObject({ status: "approved", decided_by: "Slack user U2147483697" });
  expect(await press(elements[1])).toBe(200);
  expect(await statusOf(id)).toMatchObject({ status: "approved" });
  expect((await charge(key)).status).toBe(200);
  const told = () => slack.received.filter(({ text }) => text.includes(id)).length;
  await expect.poll(told, { timeout: 10_000 }).toBe(2);
});

test("what Slack has not signed, or signed long ago, and what is no press of a button answers nothing", async () => {
  const { id } = await asked();
  const approve = { action_id: "keybrake_approve", value: id };
  const refused = [
    await press(approve, { secret: "another secret of another app" }),
    await press(approve, { at: now() - 301 }),
    await press(approve, { at: now() + 301 }),
    await press(approve, { sent: (body) => body.replace("anna", "bob") }),
    (await fetch(`${stack.url}/slack/actions`, { method: "POST", body: "payload={}" })).status,
    (await fetch(`${stack.url}/slack/actions`)).status,
  ];
  expect(refused).toEqual([401, 401, 401, 401, 401, 401]);
  expect(await press({ ...approve, value: 1 })).toBe(400);
  expect(await press({ ...approve, action_id: "another_button" })).toBe(200);
  expect(await press({ ...approve, value: "apr_of_nobody" })).toBe(200);
  expect(await statusOf(id)).toMatchObject({ status: "pending" });
});

test("without the app's signing secret no request is believed", async () => {
  await using bare = await startStack();
  const body = "payload={}";
  const at = String(now());
  const signature = `v0=${createHmac("sha256", "").update(`v0:${at}:${body}`).digest("hex")}`;
  const headers = { "x-slack-request-timestamp": at, "x-slack-signature": signature };
  expect((await fetch(`${bare.url}/slack/actions`, { method: "POST", body, headers })).status).toBe(401);
});
