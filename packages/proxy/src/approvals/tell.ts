import type { Approval, Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Alerts } from "../alerts/alerts.ts";
import { APPROVAL_LINK, type News } from "../alerts/news.ts";
import type { Environment } from "../environment.ts";
import { deadlineTime } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import { dollars, toUsd } from "../usd.ts";
import { readContent } from "./card.ts";

/** Tells whoever listens of cards. Never in the way of a call: what could not be told is logged, and stands in the list. */
export interface ApprovalTeller {
  asked(approvalId: string): void;
  answered(approval: Approval): void;
}

export function createApprovalTeller(deps: {
  readonly ledger: Ledger<Policy>;
  readonly alerts: Alerts;
  readonly environment: Environment;
  readonly log: Logger;
}): ApprovalTeller {
  const { ledger, alerts, environment, log } = deps;
  const failed = (error: unknown) => log.warn({ err: error }, "an approval could not be told");
  const tell = async (found: Promise<readonly Approval[]>): Promise<void> =>
    alerts.tell((await found).filter(isReal).map(askedNews));
  // What was asked right before an earlier process ended; its mark says whether it was told.
  const pending = async () => {
    const page = { limit: LIMITS.approvalsToldAgain };
    return (await ledger.listApprovals({ status: "pending" }, page, deadlineTime(environment))).data;
  };
  void tell(pending()).catch(failed);
  return {
    asked: (id) => {
      const found = ledger.getApproval(id).then((approval) => (approval === null ? [] : [approval]));
      void tell(found).catch(failed);
    },
    answered: (approval) => void alerts.tell([approval].filter(isReal).map(answeredNews)).catch(failed),
  };
}

/** What simulate keys do is told to nobody. */
function isReal({ facts }: Approval): boolean {
  return !facts.simulate;
}

function factsOf({ approvalId, facts, movedMicros }: Approval) {
  return {
    ...{ approval_id: approvalId, operation: facts.operation, usd: toUsd(movedMicros) },
    ...{ amount_minor: facts.amountMinor, currency: facts.currency },
    ...{ vault_key_id: facts.vaultKeyId, vault_key_name: facts.vaultKeyName, run_id: facts.runId },
  };
}

function askedNews(approval: Approval): News {
  const { approvalId, facts, movedMicros, endsAt } = approval;
  const { customer, parameters } = readContent(approval);
  const url = `${APPROVAL_LINK}${approvalId}`;
  return {
    type: "approval.requested",
    summary: `An agent asks to move ${dollars(movedMicros)} (${facts.operation}) with the vault key '${facts.vaultKeyName}'.`,
    data: {
      ...factsOf(approval),
      ...{ customer, expires_at: new Date(endsAt).toISOString(), agent_calls_itself: facts.agent },
      the_agent_says: wordsOf(parameters),
    },
    links: [{ text: "Look, and approve or deny", url }],
    at: approval.askedAt,
    once: { name: `approval:${approvalId}`, until: endsAt },
  };
}

/** Its parameters, cut: the card has them whole. */
function wordsOf(parameters: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(parameters)
    .slice(0, LIMITS.alertNamesShown)
    .map(([name, value]) => `${name}: ${value.slice(0, LIMITS.approvalWordsLength).toWellFormed()}`);
}

function answeredNews(approval: Approval): News {
  const { approvalId, facts, movedMicros, state, decidedBy, decidedReason } = approval;
  const said = state === "denied" ? "denied" : "approved";
  return {
    type: "approval.resolved",
    summary: `${decidedBy} has ${said} ${dollars(movedMicros)} (${facts.operation}) for the vault key '${facts.vaultKeyName}'.`,
    data: { ...factsOf(approval), decision: said, decided_by: decidedBy, reason: decidedReason },
    at: approval.decidedAt ?? approval.askedAt,
    once: { name: `approval:${approvalId}:answered`, until: approval.endsAt },
  };
}
