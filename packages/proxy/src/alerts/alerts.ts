import { type AlertDelivery, type AlertTarget, isLedgerError, type Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Environment } from "../environment.ts";
import { makeAlertId, makeAlertTargetId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "../policy.ts";
import type { Reach } from "./guard.ts";
import { createLooker } from "./looker.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { type AlertType, type News, testNews } from "./news.ts";
import { createPoster } from "./post.ts";
import { makeWebhookSecret } from "./sign.ts";
import { type AddressBox, createAddressBox, type TargetKind } from "./targets.ts";
import { firingOf } from "./told.ts";

/** Who is told of what happens, and telling them. Nothing here is on the way of a call. */
export interface Alerts {
  /**
   * Tells whoever listens. Resolves when it is durable: then it is sent, once, however often the same news (`once`) are
   * told, by whichever replica. Rejects when the store fails. Without a target nothing is written.
   */
  tell(news: readonly News[]): Promise<void>;
  readonly targets: AlertTargets;
  /** Nothing is sent any more; what is to be sent, the next start sends. */
  close(): Promise<void>;
}

/** Its methods reject with the ledger's errors. */
export interface AlertTargets {
  list(): Promise<readonly ShownTarget[]>;
  /** The address has been judged (`whyNotTarget`). Null when there are as many as there may be. */
  add(target: NewTarget): Promise<(ShownTarget & { readonly secret: string | null }) | null>;
  /** What `put` would do; null when it would change nothing. */
  differs(id: string, target: PutTarget): Promise<"create" | "update" | null>;
  /** Makes the target of this id, or what it says of it. Its address has been judged. What waits for it is sent there. */
  put(id: string, target: PutTarget): Promise<void>;
  /** Null when there is none of the id. */
  remove(id: string): Promise<ShownTarget | null>;
  /** Sends it a test, behind whatever it is still to be told, and says what became of it. Null when there is none. */
  test(id: string): Promise<AlertDelivery | null>;
  deliveries: Ledger["alerts"]["listDeliveries"];
}

export interface NewTarget {
  readonly kind: TargetKind;
  /** Null: its host. */
  readonly name: string | null;
  readonly url: string;
  readonly types: readonly AlertType[] | null;
}

/** A target whose secret is given, not made. */
export interface PutTarget extends NewTarget {
  readonly name: string;
  readonly secret: string | null;
}

/** A target without a secret of it. */
export interface ShownTarget extends Omit<AlertTarget, "box"> {
  /** Null when it was sealed with another master key: nothing reaches it. */
  readonly host: string | null;
}

export interface AlertsDependencies extends Reach {
  readonly ledger: Ledger<Policy>;
  /** 32 bytes, from which the key that seals addresses is made. */
  readonly bodyKey: Uint8Array;
  readonly environment: Environment;
  readonly metrics: Pick<Metrics, "alerted">;
  readonly log: Logger;
  /** See `LookerDependencies`. */
  readonly percents: readonly number[];
  /** See `MailboxDependencies`. */
  readonly approvalLink: (approvalId: string) => string | null;
  readonly slackAnswers: boolean;
}

export function createAlerts(deps: AlertsDependencies): Alerts {
  const { ledger, environment, log } = deps;
  const book = ledger.alerts;
  const boxes = createAddressBox(deps.bodyKey, environment.random);
  const mailbox = createMailbox({ ...deps, book, boxes, poster: createPoster(deps) });
  const tell = createTeller(deps);

  const targets = targetsOf(deps, boxes, mailbox);
  const watch = watchBooks(deps, { tell, pump: mailbox.pump });
  return {
    async tell(news) {
      if ((await book.listTargets()).length === 0) return;
      await tell(news);
      watch.wake();
    },
    targets,
    async close() {
      await watch.close();
      await mailbox.close().catch((error: unknown) => {
        if (!isLedgerError(error)) throw error;
        log.warn({ err: error }, "alerts could not be closed in order");
      });
    },
  };
}

/** What the admin API and `keybrake.yaml` do to targets. */
function targetsOf(
  { ledger: { alerts: book }, environment: { clock, random } }: AlertsDependencies,
  boxes: AddressBox,
  mailbox: Pick<Mailbox, "drain">,
): AlertTargets {
  const show = ({ box, ...target }: AlertTarget): ShownTarget => {
    const address = boxes.open({ id: target.id, box });
    return { ...target, host: address === null ? null : new URL(address.url).host };
  };
  const find = async (id: string) => (await book.listTargets()).find((target) => target.id === id) ?? null;

  return {
    list: async () => (await book.listTargets()).map(show),
    async add({ kind, name, url, types }) {
      if ((await book.listTargets()).length >= LIMITS.alertTargets) return null;
      const id = makeAlertTargetId(clock(), random);
      const secret = kind === "webhook" ? makeWebhookSecret(random) : null;
      const box = boxes.close(id, { url, secret });
      const shown = name ?? new URL(url).host;
      const target = { id, kind, shown, box, types, createdAt: clock() };
      await book.addTarget(target);
      return { ...show({ ...target, dropped: 0 }), secret };
    },
    async differs(id, { kind, name, url, secret, types }) {
      const target = await find(id);
      if (target === null) return "create";
      const said = JSON.stringify([kind, name, { url, secret }, types]);
      const is = JSON.stringify([target.kind, target.shown, boxes.open(target), target.types]);
      return said === is ? null : "update";
    },
    put: (id, { kind, name, url, secret, types }) =>
      book.putTarget({
        ...{ id, kind, shown: name, types, createdAt: clock() },
        box: boxes.close(id, { url, secret }),
      }),
    async remove(id) {
      const target = await find(id);
      if (target === null) return null;
      await book.removeTarget(id);
      return show(target);
    },
    async test(id) {
      const target = await find(id);
      if (target === null) return null;
      const alertId = makeAlertId(clock(), random);
      const firing = firingOf(testNews(target.shown, alertId, clock()), alertId, id);
      await book.fire([firing], { at: clock(), keptMax: LIMITS.alertDeliveriesKept });
      await mailbox.drain(target);
      const latest = await book.listDeliveries({
        targetId: id,
        below: null,
        limit: LIMITS.alertDeliveriesKept,
      });
      return latest.find((delivery) => delivery.alertId === alertId) ?? null;
    },
    deliveries: book.listDeliveries,
  };
}

/** Writes down what is new; of what is guarded still, this process remembers it, so that nothing is written. */
function createTeller({ ledger, environment }: AlertsDependencies) {
  const { clock, random } = environment;
  const guarded = new Map<string, number>();

  return async (news: readonly News[]): Promise<void> => {
    const at = clock();
    const fresh = news.filter(({ once }) => (guarded.get(once.name) ?? 0) <= at);
    if (fresh.length === 0) return;
    const firings = fresh.map((item) => firingOf(item, makeAlertId(at, random)));
    await ledger.alerts.fire(firings, { at, keptMax: LIMITS.alertDeliveriesKept });
    if (guarded.size > LIMITS.alertMarksRemembered) guarded.clear();
    for (const { once } of fresh) guarded.set(once.name, once.until ?? Number.POSITIVE_INFINITY);
  };
}

interface Watch {
  /** Something is to be sent. */
  wake(): void;
  close(): Promise<void>;
}

/** Looks at the books while somebody listens, soon after something was written and now and then otherwise. */
function watchBooks(
  { ledger, environment, percents, log }: AlertsDependencies,
  {
    tell,
    pump,
  }: { tell: (news: readonly News[]) => Promise<void>; pump: ReturnType<typeof createMailbox>["pump"] },
): Watch {
  const { clock } = environment;
  const looker = createLooker({ ledger, clock, percents });
  let hasWritten = true;
  let lookedAt = 0;
  const unwatch = ledger.watchBatches(() => {
    hasWritten = true;
  });

  async function lookAll(): Promise<void> {
    hasWritten = false;
    lookedAt = performance.now();
    for (let isMore = true; isMore; ) {
      const found = await looker.look();
      await tell(found.news);
      await looker.passed();
      isMore = found.isMore;
      // Calls have the store between two looks.
      if (isMore) await environment.sleep(LIMITS.alertLookPauseMs);
    }
  }

  async function work(): Promise<void> {
    try {
      const targets = await ledger.alerts.listTargets();
      if (targets.length === 0) return looker.forget();
      if (hasWritten || performance.now() - lookedAt > LIMITS.alertIdleLookMs) await lookAll();
      await pump(targets);
    } catch (error) {
      hasWritten = true;
      log.warn({ err: error }, "the books could not be looked through for alerts");
    }
  }

  let running: Promise<void> | null = null;
  const tick = (): void => {
    running ??= work().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(tick, LIMITS.alertLookMs).unref();
  return {
    wake: tick,
    async close() {
      clearInterval(timer);
      unwatch();
      await running;
    },
  };
}
