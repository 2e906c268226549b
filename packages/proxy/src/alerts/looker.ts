import {
  type AlertBook,
  type AlertCursor,
  type AlertMark,
  DAILY_WINDOW_MS,
  type Ledger,
  type SeenCall,
  type TroubledCall,
  toldOverHold,
  toldRevoked,
  toldUnknown,
} from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import { burstsIn, thresholdsReached } from "./find.ts";
import { budgetReached, type News, overHoldOf, refused, repeated, revokedKeys, unknownOf } from "./news.ts";

/** For so long nobody is told of the same call or key again: longer than it is looked for. */
const TOLD_MS = 30 * DAILY_WINDOW_MS;

/** Finds what is worth telling in what the books have written since the last look. Moves nothing and sends nothing. */
export interface Looker {
  /** `isMore`: there is more than one look sees. Rejects when the store fails; the next look begins where this one did. */
  look(): Promise<{ readonly news: readonly News[]; readonly isMore: boolean }>;
  /** The news of the last look are durable: the next one goes on behind it. */
  passed(): Promise<void>;
  /** Nobody listens: what happens meanwhile is told to nobody. */
  forget(): void;
}

export interface LookerDependencies {
  readonly ledger: Ledger<Policy>;
  readonly clock: () => number;
  /** Which parts of a budget's cap are told of when they are used, in percent. */
  readonly percents: readonly number[];
}

type Position = Omit<AlertCursor, "beganAt">;

/**
 * After a crash looks begin a little before where they ended, so that a burst is seen whole; what was told already is
 * known by its mark.
 */
export function createLooker({ ledger, clock, percents }: LookerDependencies): Looker {
  const book = ledger.alerts;
  let began: AlertCursor | null = null;
  let position: Position | null = null;
  let next: { readonly position: Position; readonly recent: readonly SeenCall[] } | null = null;
  let recent: readonly SeenCall[] = [];
  /** Where looks were, oldest first: the newest that is a burst old is written down. */
  let behind: Position[] = [];
  let writtenAt = 0;

  async function look() {
    began ??= await book.cursor();
    if (began === null) return { news: [], isMore: false };
    const at = clock();
    const from = position ?? began;
    const seen = await book.seeCalls(from, LIMITS.alertRowsSeen);
    const last = seen.at(-1);
    const to = { call: last?.sequence ?? from.call, bookedAt: last?.bookedAt ?? from.bookedAt, lookedAt: at };
    const real = seen.filter(({ simulate }) => !simulate);
    const since = Math.max(began.beganAt, from.lookedAt - LIMITS.alertOverlapMs);
    const overHolds = await book.untoldOverHolds(since, LIMITS.alertTroublesSeen);
    const troubled = withEarlier(
      recent,
      real.filter(({ decision }) => decision !== "allowed"),
    );
    const news = [
      ...(await findReached({ ledger, percents }, touchedKeys(real, overHolds), at)),
      ...findBursts(troubled.rows),
      ...byKey(await book.untoldUnknown(LIMITS.alertTroublesSeen), toldUnknown, unknownOf, at),
      ...byKey(overHolds, toldOverHold, overHoldOf, at),
      ...(await findRevoked(book, since, at)),
    ];
    next = { position: to, recent: troubled.kept };
    return { news, isMore: seen.length === LIMITS.alertRowsSeen };
  }

  async function passed(): Promise<void> {
    if (next === null) return;
    ({ position, recent } = next);
    next = null;
    behind.push(position);
    const before = position.lookedAt - LIMITS.alertBurstMs;
    const safe = behind.findLast(({ lookedAt }) => lookedAt <= before);
    if (safe === undefined || position.lookedAt - writtenAt < LIMITS.alertCursorMs) return;
    behind = behind.filter(({ lookedAt }) => lookedAt > safe.lookedAt);
    writtenAt = position.lookedAt;
    await book.moveCursor(safe);
  }

  return {
    look,
    passed,
    forget() {
      [began, position, next, recent, behind] = [null, null, null, [], []];
    },
  };
}

/** Keys with a call that may have brought a budget nearer to its cap. */
function touchedKeys(
  seen: readonly SeenCall[],
  overHolds: readonly TroubledCall[],
): ReadonlyMap<string, string> {
  const money = seen.filter(({ decision, usdMicros }) => decision === "allowed" && usdMicros > 0);
  return new Map([...money, ...overHolds].map(({ vaultKeyId, vaultKeyName }) => [vaultKeyId, vaultKeyName]));
}

/** One after the other: who looks takes no more of the store than one call does. */
async function findReached(
  { ledger, percents }: Pick<LookerDependencies, "ledger" | "percents">,
  keys: ReadonlyMap<string, string>,
  at: number,
): Promise<readonly News[]> {
  const found = new Map<string, News>();
  for (const [vaultKeyId, vaultKeyName] of keys) {
    for (const book of await ledger.booksOfKey(vaultKeyId, at)) {
      const { id: bookId, capMicros } = book;
      if (capMicros === null) continue;
      const usedMicros = book.heldMicros + book.postedMicros;
      for (const percent of thresholdsReached(capMicros, usedMicros, percents)) {
        const news = budgetReached(
          { ...book, bookId, capMicros, usedMicros },
          { vaultKeyId, vaultKeyName },
          percent,
          at,
        );
        found.set(news.once.name, news);
      }
    }
  }
  return [...found.values()];
}

function findBursts(troubled: readonly SeenCall[]): readonly News[] {
  const within = { withinMs: LIMITS.alertBurstMs };
  const denied = troubled.filter(({ decision }) => decision === "denied");
  const replayed = troubled.filter(({ decision }) => decision === "replayed");
  return [
    ...burstsIn(denied, { ...within, most: LIMITS.alertRefusals }).map(refused),
    ...burstsIn(replayed, { ...within, most: LIMITS.alertRepeats }).map(repeated),
  ];
}

/** New rows behind those that a burst with them could begin with; without new ones there is no burst to look for. */
function withEarlier(
  earlier: readonly SeenCall[],
  rows: readonly SeenCall[],
): { readonly rows: readonly SeenCall[]; readonly kept: readonly SeenCall[] } {
  const [first] = rows;
  if (first === undefined) return { rows: [], kept: earlier };
  const near = earlier.filter(({ bookedAt }) => bookedAt >= first.bookedAt - LIMITS.alertBurstMs);
  const all = [...near, ...rows];
  return { rows: all, kept: all.slice(-LIMITS.alertRowsSeen) };
}

function byKey(
  calls: readonly TroubledCall[],
  told: (callId: string) => string,
  tell: typeof unknownOf,
  at: number,
): readonly News[] {
  return [...Map.groupBy(calls, ({ vaultKeyId }) => vaultKeyId).values()].flatMap((ofKey) => {
    const [first] = ofKey;
    const names = ofKey.map(({ callId }) => told(callId));
    return first === undefined ? [] : [tell(first, ofKey, marksOf(names, at), at)];
  });
}

async function findRevoked(book: AlertBook, since: number, at: number): Promise<readonly News[]> {
  const keys = await book.untoldRevoked(since, LIMITS.alertTroublesSeen);
  if (keys.length === 0) return [];
  const names = keys.map(({ id }) => toldRevoked(id));
  return [revokedKeys(keys, marksOf(names, at), at)];
}

function marksOf(names: readonly string[], at: number): readonly AlertMark[] {
  return names.map((name) => ({ name, until: at + TOLD_MS }));
}
