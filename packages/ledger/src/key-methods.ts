import { openBook } from "./batch.ts";
import { leastRemainingMicros } from "./book.ts";
import { cutPage, decodeSequenceCursor } from "./cursor.ts";
import { endOfKey } from "./end-of-key.ts";
import { LedgerError } from "./errors.ts";
import type { Ledger } from "./interface.ts";
import type { Parts } from "./ledger-parts.ts";
import { keyCapNeeds, planKeyCap, planVaultKey, vaultKeyNeeds } from "./plan-vault-key.ts";

import type { KeyUse } from "./store.ts";
import type { VaultKey, VaultKeyUsage } from "./types.ts";
import { checkCount, checkPage, checkPolicy, checkVaultKey } from "./validate.ts";

export function keyMethods<P>({ store, options, writer, keys, read }: Parts<P>) {
  async function complete(use: readonly KeyUse[]): Promise<VaultKeyUsage<P>[]> {
    const whole = await keys.complete(use.map(({ key }) => key));
    return whole.map((key, index) => keyUsage(key, use[index]?.books ?? []));
  }
  return {
    createVaultKey: async (key) => {
      checkVaultKey(key);
      checkPolicy(key.policy, options.parsePolicy);
      return writer.submit({
        declare: (needs) => vaultKeyNeeds(needs, key),
        plan: (state) => planVaultKey(state, key),
      });
    },
    findVaultKeyByHash: (hash) =>
      read(async () => {
        const standing = await store.findKey({ hash });
        if (standing === null) return null;
        const [key] = await keys.complete([standing]);
        if (key === undefined || standing.hash === hash) return key ?? null;
        // Rows may be kept from before a rotation: who has neither of its secrets is nobody.
        return standing.previousHash === hash
          ? { ...key, hash, secretEndsAt: standing.previousEndsAt }
          : null;
      }),
    endOfKey: (user, deadlineTime) =>
      read(async () => {
        checkCount(deadlineTime, "deadlineTime");
        const { vaultKeyId: id } = user.facts;
        const [standing, ledgerTime] = await Promise.all([store.findKey({ id }), store.ledgerTime()]);
        const [key] = standing === null ? [] : await keys.complete([standing]);
        if (standing === null || key === undefined) {
          throw new LedgerError("vault_key_not_found", "There is no such vault key.");
        }
        const { previousHash, previousEndsAt } = standing;
        const moment = Math.max(ledgerTime, deadlineTime);
        return endOfKey({ ...key, previousHash, previousEndsAt }, user, { moment, stops: key.stops });
      }),
    getVaultKey: (id, now) =>
      read(async () => {
        const use = await store.keyUse(id, now);
        return use === null ? null : ((await complete([use]))[0] ?? null);
      }),
    updateVaultKey: async (id, capMicros, now) => {
      checkCount(capMicros, "capMicros");
      checkCount(now, "now");
      const known = await writer.submit({
        declare: (needs) => keyCapNeeds(needs, id, now),
        plan: (state) => planKeyCap(state, id, capMicros),
      });
      if (!known) return null;
      return read(async () => {
        const use = await store.keyUse(id, now);
        return use === null ? null : ((await complete([use]))[0] ?? null);
      });
    },
    booksOfKey: (id, now) => read(async () => (await store.keyUse(id, now))?.books.map(openBook) ?? []),
    listVaultKeys: (page, now) =>
      read(async () => {
        checkPage(page);
        const below = page.cursor === undefined ? null : decodeSequenceCursor("keys", page.cursor);
        const rows = await store.listKeys({ below, limit: page.limit + 1, at: now });
        const { shown, nextCursor } = cutPage("keys", rows, page, ({ key }) => key.sequence);
        return { data: await complete(shown), nextCursor };
      }),
  } satisfies Partial<Ledger<P>>;
}

/** A key as the interface shows it with its use. */
function keyUsage<P>(key: VaultKey<P>, loaded: KeyUse["books"]): VaultKeyUsage<P> {
  const books = loaded.map(openBook);
  const [own] = books;
  return {
    ...key,
    // What is kept of a key is as it was made; its cap may have changed since.
    ...(own === undefined ? {} : { ownBudget: { ...key.ownBudget, capMicros: own.capMicros } }),
    spentMicros: books[0]?.postedMicros ?? 0,
    heldMicros: books[0]?.heldMicros ?? 0,
    remainingMicros: leastRemainingMicros(books),
  };
}
