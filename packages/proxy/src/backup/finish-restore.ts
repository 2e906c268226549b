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
