import type { IncomingMessage, ServerResponse } from "node:http";
import { type Approval, approvalStatus, type Ledger } from "@keybrake/ledger";
import { deadlineTime, type Environment } from "../environment.ts";
import { escaped, HTML_HEADERS, htmlPage } from "../html.ts";
import type { Policy } from "../policy.ts";
import { readBody } from "../read-body.ts";
import { closeAfter, respond } from "../respond.ts";
import { dollars } from "../usd.ts";
import { readContent } from "./card.ts";
import { type ApprovalLinks, LINK_PATH } from "./links.ts";
import type { ApprovalTeller } from "./tell.ts";

export interface PageDependencies {
  readonly ledger: Ledger<Policy>;
  readonly environment: Environment;
  readonly links: ApprovalLinks;
  readonly teller: ApprovalTeller;
}

/**
 * What a signed link shows. Looking at it answers nothing, since chats and mail programs look at every link; only the form
 * does, which they do not send.
 */
export function createApprovalPage(
  deps: PageDependencies,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const { status, body } = await answer(deps, request);
      respond(response, { status, headers: HTML_HEADERS, body });
    } catch {
      closeAfter(response);
      respond(response, { status: 503, headers: HTML_HEADERS, body: htmlPage("Not now", NOT_NOW) });
    }
  };
}

const NOT_NOW = "<p>The store did not answer. Nothing is known to have changed; look again.</p>";
const NOTHING = { status: 404, body: htmlPage("Nothing here", "<p>This link names no card.</p>") };

interface Page {
  readonly status: number;
  readonly body: string;
}

async function answer(deps: PageDependencies, request: IncomingMessage): Promise<Page> {
  const [id = "", token = "", ...rest] = (request.url ?? "").slice(LINK_PATH.length).split("/");
  if (rest.length > 0 || !deps.links.isOf(id, token)) return NOTHING;
  const { ledger, environment } = deps;
  const now = deadlineTime(environment);
  if (request.method === "GET" || request.method === "HEAD") {
    const approval = await ledger.getApproval(id);
    return approval === null ? NOTHING : { status: 200, body: card(approval, now) };
  }
  if (request.method !== "POST")
    return { status: 405, body: htmlPage("No", "<p>Open the link instead.</p>") };
  const form = new URLSearchParams((await readBody(request)) ?? "");
  const said = form.get("decision");
  if (said !== "approve" && said !== "deny")
    return { status: 400, body: htmlPage("No answer", "<p>Say yes or no with one of the buttons.</p>") };
  const decision = said === "approve" ? "approved" : "denied";
  const answered = await ledger.answerApproval({
    ...{ approvalId: id, decision, by: nameIn(form), reason: textIn(form, "reason", 500), deadlineTime: now },
  });
  if (answered.kind === "not_found") return NOTHING;
  if (answered.kind === "decided") deps.teller.answered(answered.approval);
  return { status: answered.kind === "decided" ? 200 : 409, body: card(answered.approval, now) };
}

/** Who holds the link says who they are: nothing shows that it is so. */
function nameIn(form: URLSearchParams): string {
  const name = textIn(form, "by", 100);
  return name === null ? "somebody by link" : `${name}, by link`;
}

function textIn(form: URLSearchParams, name: string, length: number): string | null {
  const text = (form.get(name) ?? "")
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, " ")
    .trim()
    .slice(0, length)
    .toWellFormed();
  return text === "" ? null : text;
}

const STATES = {
  pending: "An agent asks",
  approved: "Approved",
  denied: "Denied",
  used: "Approved, and done",
  expired: "Too late: this has ended",
} as const;

function card(approval: Approval, now: number): string {
  const { facts, movedMicros, decidedBy, decidedReason } = approval;
  const status = approvalStatus(approval, now);
  const { customer, parameters } = readContent(approval);
  const known = list([
    ["Moves", dollars(movedMicros)],
    ["Operation", `${facts.operation} (${facts.method} ${facts.path})`],
    ["Customer", customer],
    ["Vault key", facts.vaultKeyName],
    ["Simulated", facts.simulate ? "yes: nothing real moves" : null],
    ["Until", new Date(approval.endsAt).toISOString()],
    ["Decided", decidedBy],
    ["Reason", decidedReason],
  ]);
  const said = list([
    ["agent", facts.agent],
    ["run", facts.runId],
    ["conversation", facts.conversationId],
    ...Object.entries(parameters),
  ]);
  const body = `${known}<section><h2>What the agent says</h2><p>Nobody has checked these words.</p>${said}</section>`;
  return htmlPage(STATES[status], status === "pending" ? `${body}${FORM}` : body);
}

const FORM = `<form method="post"><label>Your name <input name="by" maxlength="100" autocomplete="name"></label>
<label>Why <input name="reason" maxlength="500"></label><br>
<button name="decision" value="approve">Approve</button><button name="decision" value="deny">Deny</button></form>`;

function list(entries: readonly (readonly [name: string, value: string | null])[]): string {
  const shown = entries.filter(([, value]) => value !== null);
  return `<dl>${shown.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value ?? "")}</dd>`).join("")}</dl>`;
}
