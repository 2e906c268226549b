import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { SLACK_ACTIONS } from "../alerts/slack.ts";
import { deadlineTime } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import { readBody } from "../read-body.ts";
import { closeAfter, respond } from "../respond.ts";
import { headerOf } from "../vendors/vendor.ts";
import type { PageDependencies } from "./page.ts";

/** Where Slack tells of a button that somebody has pressed: the Request URL of the app's interactivity. */
export const SLACK_PATH = "/slack/actions";

/** What of Slack's `block_actions` is read (docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
const pressedSchema = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: z.string().regex(/^[A-Z0-9]{1,40}$/) }),
  actions: z.array(z.object({ action_id: z.string(), value: z.string() })).length(1),
});

interface SlackDependencies extends Omit<PageDependencies, "links"> {
  /** The app's signing secret; null: no request is believed. */
  readonly signingSecret: string | null;
}

/** Answers cards by buttons in Slack. What Slack has not signed, or signed long ago, is nobody's. */
export function createSlackActions(
  deps: SlackDependencies,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const text = request.method === "POST" ? ((await readBody(request)) ?? "") : "";
      const status = isSigned(deps, request, text) ? await press(deps, text) : 401;
      respond(response, { status, headers: { "cache-control": "no-store" }, body: "" });
    } catch {
      closeAfter(response);
      respond(response, { status: 503, headers: {}, body: "" });
    }
  };
}

/** Slack's signature, version 0, over time and body (docs.slack.dev/authentication/verifying-requests-from-slack). */
function isSigned(
  { signingSecret, environment }: SlackDependencies,
  { headers }: IncomingMessage,
  body: string,
): boolean {
  const at = headerOf(headers, "x-slack-request-timestamp") ?? "";
  if (signingSecret === null || !/^\d{1,12}$/.test(at)) return false;
  if (Math.abs(environment.wall() - Number(at) * 1000) > LIMITS.slackSignatureMs) return false;
  const signed = `v0=${createHmac("sha256", signingSecret).update(`v0:${at}:${body}`).digest("hex")}`;
  const [known, given] = [Buffer.from(signed), Buffer.from(headerOf(headers, "x-slack-signature") ?? "")];
  return known.length === given.length && timingSafeEqual(known, given);
}

/** The status that Slack is answered with; what became of the card, `approval.resolved` tells the channel. */
async function press({ ledger, environment, teller }: SlackDependencies, text: string): Promise<number> {
  const pressed = pressedSchema.safeParse(readJson(new URLSearchParams(text).get("payload")));
  const [action] = pressed.data?.actions ?? [];
  if (pressed.data === undefined || action === undefined) return 400;
  const decision = action.action_id === SLACK_ACTIONS.approve ? "approved" : "denied";
  // The link beside the buttons is told of, too.
  if (decision === "denied" && action.action_id !== SLACK_ACTIONS.deny) return 200;
  const answered = await ledger.answerApproval({
    ...{ approvalId: action.value, decision, reason: null, deadlineTime: deadlineTime(environment) },
    by: `Slack user ${pressed.data.user.id}`,
  });
  if (answered.kind === "decided") teller.answered(answered.approval);
  return 200;
}

function readJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
