import type { Told } from "./told.ts";

/** Slack's own limits (docs.slack.dev/reference/block-kit/blocks), a little below them. */
const SECTION_LENGTH = 2900;
const FIELD_LENGTH = 1900;
const FIELDS = 10;
const BUTTON_LENGTH = 70;

/**
 * An alert as Slack's incoming webhooks take it. What somebody chose (names, an agent's words) stands in plain text, where
 * Slack reads no links, mentions or formatting; the notification's text, which it does read, is escaped.
 */
export function slackMessage(
  { type, summary, data, links }: Told,
  { answersCards }: { readonly answersCards: boolean },
): object {
  const card = type === "approval.requested" && answersCards ? data.approval_id : null;
  const buttons = [...(typeof card === "string" ? answersTo(card) : []), ...links.map(button)];
  const fields = Object.entries(data)
    .filter(([, value]) => value !== null)
    .slice(0, FIELDS)
    .map(([name, value]) => plainText(`${name.replaceAll("_", " ")}\n${shown(value)}`, FIELD_LENGTH));
  return {
    text: escapeMrkdwn(cut(summary, SECTION_LENGTH)),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "section", text: plainText(summary, SECTION_LENGTH) },
      ...(fields.length === 0 ? [] : [{ type: "section", fields }]),
      ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }]),
    ],
  };
}

/** What Slack calls the buttons when it tells of one that was pressed. */
export const SLACK_ACTIONS = { approve: "keybrake_approve", deny: "keybrake_deny" } as const;

function answersTo(approvalId: string): readonly object[] {
  const answer = (text: string, action_id: string, style: string) => ({
    ...{ type: "button", text: plainText(text, BUTTON_LENGTH), action_id, value: approvalId, style },
    confirm: {
      title: plainText(`${text}?`, BUTTON_LENGTH),
      text: plainText("Nobody has checked what the agent says.", BUTTON_LENGTH),
      ...{ confirm: plainText(text, BUTTON_LENGTH), deny: plainText("Not yet", BUTTON_LENGTH) },
    },
  });
  return [answer("Approve", SLACK_ACTIONS.approve, "primary"), answer("Deny", SLACK_ACTIONS.deny, "danger")];
}

function button({ text, url }: Told["links"][number]): object {
  return { type: "button", text: plainText(text, BUTTON_LENGTH), url };
}

function plainText(text: string, length: number): object {
  return { type: "plain_text", text: cut(text, length), emoji: false };
}

function shown(value: Told["data"][string]): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`;
}

/** The three characters that are a command to Slack (docs.slack.dev/messaging/formatting-message-text). */
function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
