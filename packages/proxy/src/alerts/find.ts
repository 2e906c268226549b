import type { SeenCall } from "@keybrake/ledger";
import type { Burst } from "./news.ts";

/** Which of the thresholds, in percent, so much of a cap has reached. A cap of 0 lets nothing pass, and is none. */
export function thresholdsReached(
  capMicros: number,
  usedMicros: number,
  percents: readonly number[],
): readonly number[] {
  if (capMicros === 0) return [];
  return percents.filter((percent) => usedMicros * 100 >= capMicros * percent);
}

/** Keys with so many of the calls, or more, in some time of that length. The rows are in the order of booking. */
export function burstsIn(
  rows: readonly SeenCall[],
  { most, withinMs }: { readonly most: number; readonly withinMs: number },
): readonly Burst[] {
  const byKey = Map.groupBy(rows, ({ vaultKeyId }) => vaultKeyId);
  return [...byKey.values()].map((ofKey) => largest(ofKey, withinMs)).filter(({ calls }) => calls >= most);
}

/** The largest number of a key's calls that are no further apart. */
function largest(rows: readonly SeenCall[], withinMs: number): Burst {
  let [begin, calls] = [0, 0];
  let best = { calls: 0, begin: 0, end: 0 };
  for (const [index, row] of rows.entries()) {
    calls += row.times;
    for (
      let first = rows[begin];
      first !== undefined && row.bookedAt - first.bookedAt > withinMs;
      first = rows[begin]
    ) {
      calls -= first.times;
      begin++;
    }
    if (calls > best.calls) best = { calls, begin, end: index + 1 };
  }
  const codes: Record<string, number> = {};
  for (const { code, times } of rows.slice(best.begin, best.end)) {
    const name = code ?? "replayed";
    codes[name] = (codes[name] ?? 0) + times;
  }
  const { vaultKeyId = "", vaultKeyName = "" } = rows[0] ?? {};
  const endedAt = rows[best.end - 1]?.bookedAt ?? 0;
  return { vaultKeyId, vaultKeyName, calls: best.calls, codes, endedAt };
}
