import { type AdoptDependencies, adoptMade } from "../reconcile/adopt-made.ts";
import { forgetRestored, restoredSince } from "./restore.ts";

/**
 * Before the first call on a store that was restored: what was made since its backup is looked up and posted. Does nothing
 * for any other store. Rejects with `restore_unfinished`, and is tried again at the next start.
 */
export async function finishRestore(file: string, deps: AdoptDependencies): Promise<void> {
  const since = await restoredSince(file);
  if (since === null) return;
  const adopted = await adoptMade(deps, since);
  await forgetRestored(file);
  deps.log.warn({ adopted, since }, "the restored store has what was made since its backup");
}

/** What books that replicas share know of their own past; see `PastBooks` of `@keybrake/ledger/postgres`. */
export interface PastBooks {
  missingSince(): Promise<number | null>;
  noteWhole(): Promise<void>;
}

/**
 * As `finishRestore`, for books that replicas share, and that notice by themselves that they were put back: one of those
 * that start looks up, the others wait for it.
 */
export async function finishSharedRestore(past: PastBooks, deps: AdoptDependencies): Promise<void> {
  if ((await past.missingSince()) === null) return;
  await inTurn(deps, async () => {
    const since = await past.missingSince();
    if (since === null) return;
    deps.log.warn({ since }, "the store is another one, or was restored: what was made since is looked up");
    const adopted = await adoptMade(deps, since);
    await past.noteWhole();
    deps.log.warn({ adopted, since }, "the store has what was made since it was another one");
  });
}

const TURN = "restored books";
/** A turn ends by itself after minutes, and to look up may take longer; whoever waits for it asks as a person would. */
const TURN_RENEWED_MS = 60_000;
const TURN_ASKED_MS = 500;

async function inTurn({ ledger, environment }: AdoptDependencies, work: () => Promise<void>): Promise<void> {
  const { turns } = ledger;
  if (turns === null) return work();
  const taker = Buffer.from(environment.random(16)).toString("hex");
  while (!(await turns.take(TURN, taker))) await environment.sleep(TURN_ASKED_MS);
  const renewing = setInterval(() => void turns.take(TURN, taker).catch(() => {}), TURN_RENEWED_MS).unref();
  try {
    await work();
  } finally {
    clearInterval(renewing);
    await turns.give([TURN], taker).catch(() => {});
  }
}
