import type { VaultKeyInfo } from "@keybrake/core";

/** A key, and how far it is below one that an admin issued. */
export interface Placed {
  readonly key: VaultKeyInfo;
  readonly depth: number;
}

/** Each key followed by those that it made; in the order of the list else. One whose parent is not listed stands alone. */
export function underParents(keys: readonly VaultKeyInfo[]): Placed[] {
  const known = new Set(keys.map(({ id }) => id));
  const byParent = Map.groupBy(keys, ({ parent_id }) =>
    parent_id !== null && known.has(parent_id) ? parent_id : null,
  );
  const below = (parent: string | null, depth: number): Placed[] =>
    (byParent.get(parent) ?? []).flatMap((key) => [{ key, depth }, ...below(key.id, depth + 1)]);
  return below(null, 0);
}

/** All that come of a key, among keys newest first. */
export function descendantsOf(id: string, keys: readonly VaultKeyInfo[]): VaultKeyInfo[] {
  const found = new Set([id]);
  // A parent was made before: oldest first, each is known when its keys come.
  for (const key of keys.toReversed()) {
    if (key.parent_id !== null && found.has(key.parent_id)) found.add(key.id);
  }
  return keys.filter((key) => key.id !== id && found.has(key.id));
}
