import { setTimeout as pause } from "node:timers/promises";
import { createRoute } from "@hono/zod-openapi";
import { DAILY_WINDOW_MS, type SpendBook, type SpendRead, type SpendSums } from "@keybrake/ledger";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { COMMON_ERRORS, json } from "./openapi.ts";
import { SPANS, type Span, type Spend, spendQuerySchema, spendSchema } from "./spend-schemas.ts";

const read = createRoute({
  method: "get",
  path: "/admin/spend",
  summary: "What moved, is held and was refused over time, by key, role, agent or run",
  description: "By when the calls came. What keys only simulate is left out.",
  request: { query: spendQuerySchema },
  responses: { 200: json(spendSchema, "Sums of each bin"), ...COMMON_ERRORS },
});

const BIN_MS = { hour: 60 * 60 * 1000, day: DAILY_WINDOW_MS } as const;

/** The beginnings of a span's bins, the one that `now` is in as the last. */
export function binsOf(span: Span, now: number): number[] {
  const { bin, bins } = SPANS[span];
  const last = now - (now % BIN_MS[bin]);
  return Array.from({ length: bins }, (_, index) => last - (bins - 1 - index) * BIN_MS[bin]);
}

/**
 * Adds up what came since somebody last looked, in steps with room for calls between them: nothing is added up while nobody
 * looks. A step that fails is tried again with the next look.
 */
function keepTold(book: SpendBook, log: Logger): () => void {
  let isRunning = false;
  async function tell(): Promise<void> {
    while (await book.advance()) await pause(LIMITS.spendPauseMs, undefined, { ref: false });
  }
  return () => {
    if (isRunning) return;
    isRunning = true;
    void tell()
      .catch((error: unknown) => log.warn({ err: error }, "what was spent could not be added up"))
      .finally(() => {
        isRunning = false;
      });
  };
}

export function addSpendRoutes(app: AdminApp, { ledger, environment, log }: AdminDependencies): void {
  const tell = keepTold(ledger.spend, log);

  app.openapi(read, async (context) => {
    const { by, span } = context.req.valid("query");
    const starts = binsOf(span, environment.clock());
    const { bin } = SPANS[span];
    const [from = 0] = starts;
    const to = (starts.at(-1) ?? 0) + BIN_MS[bin];
    const found = await ledger.spend.read({ by, from, to, bin, groupsMax: LIMITS.spendGroups });
    tell();
    return context.json({ by, bin, ...describe(found, starts) }, 200);
  });
}

type Group = Spend["groups"][number];

function describe({ parts, newest, told }: SpendRead, starts: readonly number[]): Omit<Spend, "by" | "bin"> {
  const groups = new Map<string | null, Group>();
  const total = nothing();
  for (const { at, name, title, ...sums } of parts) {
    const group = groups.get(name) ?? newGroup(name, title, starts.length);
    groups.set(name, group);
    const bin = starts.indexOf(at);
    add(total, sums);
    add(group.total, sums);
    group.moved_micros[bin] = sums.movedMicros;
    group.held_micros[bin] = sums.heldMicros;
    group.denied[bin] = sums.denied;
  }
  return {
    starts: starts.map((at) => new Date(at).toISOString()),
    told: newest === 0 ? 1 : told / newest,
    total,
    groups: [...groups.values()].sort(byRank),
  };
}

function nothing(): Spend["total"] {
  return { moved_micros: 0, held_micros: 0, posted: 0, denied: 0, calls: 0 };
}

function newGroup(name: string | null, title: string | null, bins: number): Group {
  const zeros = () => Array.from({ length: bins }, () => 0);
  return {
    kind: name === null ? "others" : name === "" ? "none" : "named",
    ...{ name: name ?? "", title: title ?? name ?? "" },
    ...{ total: nothing(), moved_micros: zeros(), held_micros: zeros(), denied: zeros() },
  };
}

function add(total: Spend["total"], { movedMicros, heldMicros, posted, denied, calls }: SpendSums): void {
  total.moved_micros += movedMicros;
  total.held_micros += heldMicros;
  total.posted += posted;
  total.denied += denied;
  total.calls += calls;
}

/** The others last, whatever they come to; then as the store ranks them. */
function byRank(a: Group, b: Group): number {
  const others = Number(a.kind === "others") - Number(b.kind === "others");
  const { total: one } = a;
  const { total: two } = b;
  return (
    others ||
    two.moved_micros - one.moved_micros ||
    two.held_micros - one.held_micros ||
    two.denied - one.denied ||
    (a.name < b.name ? -1 : 1)
  );
}
