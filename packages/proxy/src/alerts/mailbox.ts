import type { AlertBook, AlertDelivery, AlertTarget, DeliveryOutcome } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Environment } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Posted, Poster } from "./post.ts";
import { retryAt } from "./retry.ts";
import { signedHeaders } from "./sign.ts";
import { slackMessage } from "./slack.ts";
import type { Address, AddressBox } from "./targets.ts";
import { readTold, withLinks } from "./told.ts";

/** Sends what is due: to each target one alert at a time, so that one that is slow or dead holds up nobody else. */
export interface Mailbox {
  /** Begins whatever is due, and waits for none of it. Rejects when the store fails. */
  pump(targets: readonly AlertTarget[]): Promise<void>;
  /** Sends all that is due to the target, up to the first failure. Rejects when the store fails. */
  drain(target: AlertTarget): Promise<void>;
  /** Cuts off what is under way: it stays to be sent again. */
  close(): Promise<void>;
}

export interface MailboxDependencies {
  readonly book: AlertBook;
  readonly boxes: AddressBox;
  readonly poster: Poster;
  readonly environment: Pick<Environment, "clock" | "wall" | "random">;
  readonly metrics: Pick<Metrics, "alerted">;
  readonly log: Logger;
  /** Where a person answers a card; null when nobody has said where they reach the proxy. */
  readonly approvalLink: (approvalId: string) => string | null;
  /** Whether Slack tells the proxy of buttons: then its messages have them. */
  readonly slackAnswers: boolean;
}

export function createMailbox(deps: MailboxDependencies): Mailbox {
  const busy = new Map<string, Promise<void>>();
  /** Who has just failed has a moment to come back: until when. */
  const resting = new Map<string, number>();
  let isClosed = false;

  function drain(target: AlertTarget): Promise<void> {
    const running = busy.get(target.id);
    if (running !== undefined) return running.then(() => drain(target));
    const draining = sendAll(target).finally(() => busy.delete(target.id));
    busy.set(target.id, draining);
    return draining;
  }

  async function sendAll(target: AlertTarget): Promise<void> {
    let sent: Sent = "delivered";
    while (!isClosed && sent === "delivered") sent = await sendNext(deps, target);
    if (sent === "failed") resting.set(target.id, deps.environment.clock() + LIMITS.alertRestMs);
    else resting.delete(target.id);
  }

  return {
    async pump(targets) {
      const at = deps.environment.clock();
      const due = await deps.book.dueTargets(at);
      for (const target of targets) {
        if (!due.includes(target.id) || busy.has(target.id) || (resting.get(target.id) ?? 0) > at) continue;
        drain(target).catch((error: unknown) =>
          deps.log.warn({ target: target.id, err: error }, "alerts could not be sent"),
        );
      }
    },
    drain,
    async close() {
      isClosed = true;
      await deps.poster.close();
      await Promise.allSettled(busy.values());
    },
  };
}

/** `none`: nothing is due, or somebody else is sending. */
type Sent = "delivered" | "failed" | "none";

async function sendNext(deps: MailboxDependencies, target: AlertTarget): Promise<Sent> {
  const { book, environment, boxes } = deps;
  const { clock, random } = environment;
  const token = Buffer.from(random(16)).toString("hex");
  const at = clock();
  const delivery = await book.claim({ targetId: target.id, token, at, until: at + LIMITS.alertClaimMs });
  if (delivery === null) return "none";
  const address = boxes.open(target);
  const posted =
    address === null ? UNREADABLE : await deps.poster.post(messageOf(deps, target, delivery, address));
  const part = Buffer.from(random(2)).readUInt16BE() / 65_536;
  const outcome = outcomeOf(delivery, posted, clock(), part);
  await book.noteOutcome({ ...outcome, token });
  report(deps, target, delivery, outcome);
  return outcome.state === "delivered" ? "delivered" : "failed";
}

const UNREADABLE: Posted = { status: null, error: "sealed_with_another_master_key" };

/** The receiver says that it wants no more of it (standardwebhooks.com: 410 Gone). */
const GONE = 410;

function outcomeOf(
  { sequence, attempts }: AlertDelivery,
  { status, error }: Posted,
  at: number,
  part: number,
): Omit<DeliveryOutcome, "token"> {
  const dueAt = error === null || status === GONE ? null : retryAt(attempts, at, part);
  const ended = error === null ? "delivered" : "failed";
  return { sequence, state: dueAt === null ? ended : "pending", status, error, dueAt: dueAt ?? at, at };
}

/** What goes out. The wall clock's time is signed: a receiver compares it with its own. */
function messageOf(
  { environment, approvalLink, slackAnswers }: MailboxDependencies,
  target: AlertTarget,
  { alertId, payload: kept }: AlertDelivery,
  { url, secret }: Address,
) {
  const headers = { "content-type": "application/json", "user-agent": "Keybrake" };
  const payload = withLinks(kept, approvalLink);
  const told = readTold(payload);
  if (target.kind === "slack" || secret === null)
    return { url, headers, body: JSON.stringify(slackMessage(told, { answersCards: slackAnswers })) };
  const at = environment.wall();
  return {
    url,
    body: payload,
    headers: { ...headers, ...signedHeaders({ id: alertId, at, body: payload }, secret) },
  };
}

function report(
  { metrics, log }: MailboxDependencies,
  target: AlertTarget,
  { alertId, type, attempts }: AlertDelivery,
  { state, status, error }: Omit<DeliveryOutcome, "token">,
): void {
  metrics.alerted(state === "pending" ? "retried" : state);
  if (state === "delivered") return;
  const about = { alert: alertId, type, target: target.id, attempts, status, error };
  if (state === "failed") log.error(about, "an alert was given up");
  else log.warn(about, "an alert was not delivered; it will be sent again");
}
