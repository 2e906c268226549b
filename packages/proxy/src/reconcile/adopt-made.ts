import type { Call, CallFacts, Ledger, VaultKey } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Account, Accounts } from "../accounts.ts";
import { countedObject } from "../call/counted-object.ts";
import type { Environment } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import { ProxyError } from "../proxy-error.ts";
import { type Rates, toUsdMicros } from "../rates.ts";
import type { MadeListing, MadeObject } from "../vendors/trace.ts";
import { type LookUps, lookUpOnce } from "./follow-trace.ts";

export interface AdoptDependencies {
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly rates: Rates;
  readonly environment: Environment;
  readonly log: Logger;
}

/**
 * Before a restored store takes its first call: whatever its proxies' calls made at the vendors since the backup, and the
 * books do not have, gets a row and is posted to its budgets, over their caps if it must. Lists are read, and nothing is
 * sent. What is counted now leaves its window no earlier than it would have. Answers how many there were.
 *
 * Rejects with `restore_unfinished` when a list cannot be read: caps would stand on books that lack what was spent. May
 * be run again.
 */
export async function adoptMade(deps: AdoptDependencies, since: number): Promise<number> {
  let adopted = 0;
  for (const account of deps.accounts.byVendor.values()) {
    // The vendor's clock may be behind ours; what the books have is passed over.
    for (const listing of account.vendor.madeSince(since - LIMITS.clockDifferenceMs)) {
      for await (const made of objectsOf(deps, account, listing)) {
        if (await adopt(deps, account, listing, made)) adopted += 1;
      }
    }
  }
  return adopted;
}

async function* objectsOf(
  { environment, log }: AdoptDependencies,
  account: Account,
  { operation, path, read }: MadeListing,
): AsyncGenerator<MadeObject> {
  const lookUps: LookUps = { account, headers: {}, clock: environment.clock, take: () => true };
  for (let next: string | null = path; next !== null; ) {
    const looked = await lookUpOnce(lookUps, next);
    // A credential that may not read such objects could not make them, and a vendor without the list neither.
    if (looked.ok ? looked.missing : looked.isForbidden) {
      log.warn(
        { operation },
        "what this may have made since the backup cannot be listed with this credential",
      );
      return;
    }
    if (!looked.ok) throw unfinished(`${operation}: ${looked.reason}`);
    const page = read(looked.object);
    if (page === null) throw unfinished(`${operation}: a list that cannot be read`);
    yield* page.made;
    next = page.nextPath;
  }
}

function unfinished(why: string): ProxyError {
  const message = `The store was restored, and what was done since its backup could not be looked up (${why}). Caps would stand on books that lack it, so nothing was started. Start again when it can be.`;
  return new ProxyError("restore_unfinished", message);
}

async function adopt(
  { ledger, rates, environment, log }: AdoptDependencies,
  { vendor }: Account,
  { operation, path }: MadeListing,
  made: MadeObject,
): Promise<boolean> {
  const known = await ledger.getCall(made.callId);
  if (made.failed || (known !== null && !isHalfAdopted(known))) return false;
  const { callId, vaultKeyId, objectId } = made;
  const now = environment.clock();
  const key = await ledger.getVaultKey(vaultKeyId, now);
  if (key === null) {
    log.error(
      { call_id: callId, object_id: objectId, vault_key_id: vaultKeyId },
      "made since the backup, by a key that the books do not have",
    );
    return false;
  }
  const facts = factsOf(key, { operation, path, made });
  const unanswered = { code: null, status: null, upstreamRequestId: null, objectId: null, latencyMs: 0 };
  if (known === null) await ledger.record({ facts, decision: "allowed", ...unanswered });
  const { amountMinor, currency } = vendor.moved(operation, made.object, { amountMinor: 0, currency: "usd" });
  const usdMicros =
    amountMinor === null || currency === null ? null : toUsdMicros({ amountMinor, currency }, rates, vendor);
  if (usdMicros === null) throw unfinished(`${objectId}: there is no rate for ${currency}`);
  await ledger.settle({
    ...unanswered,
    ...{
      callId,
      by: { kind: "answer" },
      at: now,
      state: "posted",
      usdMicros,
      amountMinor,
      currency,
      objectId,
    },
    ...{ totalOf: countedObject(key, objectId), undoes: null, refused: false, status: 200, answer: null },
  });
  log.warn({ call_id: callId, object_id: objectId, usd_micros: usdMicros }, "made since the backup: posted");
  return true;
}

/** An adoption that was cut off between its row and its figures. */
function isHalfAdopted({ state, decision, status }: Call): boolean {
  return state === "none" && decision === "allowed" && status === null;
}

function factsOf(
  { id, name, vendor, account, simulate, role, labels }: VaultKey,
  { operation, path, made }: { readonly operation: string; readonly path: string; readonly made: MadeObject },
): CallFacts {
  const { callId, runId, agent, madeAt } = made;
  return {
    ...{ callId, at: madeAt, vaultKeyId: id, vaultKeyName: name, vendor, account, simulate, role, labels },
    ...{ runId, agent, conversationId: null, turn: null, traceparent: null, operation, method: "POST" },
    path: path.replace(/\?.*$/, ""),
    ...{ idempotencyKey: null, amountMinor: null, currency: null, usdMicros: 0 },
  };
}
