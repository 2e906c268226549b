import { reconcile } from "./play.ts";
import type { Violation, Watched } from "./run-program.ts";

/** Objects whose rows must have exactly what was at stake; a row of another kind may hold more, never less. */
const EXACT = ["ch_", "pi_", "re_"];

/** Late enough to believe that what is not shown did not happen. */
const RECONCILED_AFTER_MS = 30 * 60_000;

/** In fair weather the reconciler looks for what nobody knows the outcome of. */
export async function reconcileLate(watched: Watched): Promise<void> {
  await watched.scene.clearWeather();
  await watched.scene.wait(RECONCILED_AFTER_MS);
  await reconcile(watched);
}

/**
 * Posted = moved: for every object that an agent's call made, the rows about it have what was at stake through it
 * at the most; or, where somebody counts what is unpaid by holding it, between that and what still is. What is still
 * unknown (asked again too late) may account for what is missing.
 */
export async function checkSettled({ scene, peaks, owners, stakes }: Watched): Promise<Violation | null> {
  const rows = await scene.stack.auditRows();
  const posted = new Map<string, number>();
  // What the reconciler finds changed, somebody else may have changed as well: that may be more, never less.
  const perhaps = new Map<string, number>();
  const awaiting = new Map<string, number>();
  let unknown = 0;
  for (const row of rows) {
    const { state, usd_cents, object_id, vault_key_name } = row;
    const micros = Math.round(usd_cents * 10_000);
    if (vault_key_name === "pretender") continue;
    if (state === "held") return { kind: "still_held", what: "a row is held after everything was answered" };
    if (state === "unknown") unknown += micros;
    if (state === "awaiting" && object_id !== null)
      awaiting.set(object_id, (awaiting.get(object_id) ?? 0) + micros);
    if (state !== "posted" || micros === 0) continue;
    if (object_id === null) return { kind: "posted_too_much", what: `${micros} micros for no object` };
    const isSeenChanged = row.settled_by === "reconciler" && row.operation?.endsWith(".create") !== true;
    const counts = isSeenChanged ? perhaps : posted;
    counts.set(object_id, (counts.get(object_id) ?? 0) + micros);
  }
  let missing = 0;
  for (const [root, micros] of peaks.micros) {
    if (owners.get(root)?.key === "company") continue;
    const sum = posted.get(root) ?? 0;
    const least = stakes.isHeld(root) ? peaks.standing(root).micros : micros;
    missing += Math.max(0, least - sum - (perhaps.get(root) ?? 0) - (awaiting.get(root) ?? 0));
    const isExact = EXACT.some((prefix) => root.startsWith(prefix));
    const what = `${root}: ${micros} micros were at stake, and ${sum} are posted`;
    if (isExact && sum > micros) return { kind: "posted_too_much", what };
    if (missing > unknown) return { kind: "posted_too_little", what };
  }
  for (const [object, micros] of posted) {
    const wasMade = peaks.micros.has(object) || !/^(ch|pi)_/.test(object);
    if (!wasMade)
      return { kind: "posted_too_much", what: `${object}: nothing moved, and ${micros} are posted` };
  }
  return null;
}
