import { endOfSecret, type KeyEnd, stopCovers, type VaultKey } from "@keybrake/ledger";
import { type Accounts, accountAt } from "../accounts.ts";
import { deadlineTime } from "../environment.ts";
import type { Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import { fitsMode, hashVaultKey, isVaultKeySecret, readBearer } from "../vault-key.ts";
import { type Headers, headerOf, type Vendor } from "../vendors/vendor.ts";
import { type Arrived, type Authenticated, type CallDependencies, type Ending, refused } from "./call.ts";
import {
  KEY_ENDS,
  noKey,
  notAKey,
  ownKeySent,
  refusedTooOften,
  STOPPED,
  TOO_MANY_INVALID_KEYS,
  UNKNOWN_KEY,
  wrongMode,
} from "./key-messages.ts";
import type { MaybePromise, Step } from "./step.ts";

/** Step 1, from the headers alone: a known key that may be used. */
export const authenticate: Step<Arrived, Authenticated> = {
  name: "authenticate",
  refuses: [
    "too_many_invalid_keys",
    "invalid_vault_key",
    "vault_key_revoked",
    "vault_key_expired",
    "vault_key_paused",
    "refusals_limited",
  ],
  take,
};

/** Why a vault key cannot be used at a `deadlineTime`; the ledger decides the same again, in the transaction of the hold. */
export function keyRefusal(key: VaultKey<Policy>, now: number): Refusal | null {
  const ended = endAt(key, now);
  return ended === null ? null : KEY_ENDS[ended];
}

/** Why none of its calls is let through now, or not this one. */
export function callRefusal(key: VaultKey<Policy>, headers: Headers, now: number): Refusal | null {
  const refusal = keyRefusal(key, now);
  if (refusal !== null || key.stops.length === 0) return refusal;
  const agent = headerOf(headers, "x-agent-name");
  const caller = { vaultKeyId: key.id, role: key.role, labels: key.labels, agent };
  return key.stops.some((stop) => stopCovers(stop, caller)) ? STOPPED : null;
}

/** Of the secret that the key was found by. */
function endAt(key: VaultKey<Policy>, moment: number): KeyEnd | null {
  return endOfSecret(key, { secretEndsAt: key.secretEndsAt, moment });
}

/** The vault key of a request, whether it may still be used or not; null when it names none of this proxy's. */
export async function identifyKey(
  deps: CallDependencies,
  headers: Headers,
): Promise<VaultKey<Policy> | null> {
  const text = sentKey(headers, { keyHeader: null });
  if (text === null || textRefusal(deps.accounts, text, deps.accounts.root.vendor) !== null) return null;
  return (await findKey(deps, text))?.key ?? null;
}

/** The vendor's clients send their key where they always do. */
function sentKey(headers: Headers, { keyHeader }: Pick<Vendor, "keyHeader">): string | null {
  const own = keyHeader === null ? null : headerOf(headers, keyHeader);
  return own ?? readBearer(headerOf(headers, "authorization") ?? undefined);
}

function take(deps: CallDependencies, call: Arrived): MaybePromise<Authenticated | Ending> {
  const { vendor } = accountAt(deps.accounts, call.target);
  const text = sentKey(call.headers, vendor);
  if (text === null) return unauthenticated(deps, call, noKey(vendor));
  const refusal = textRefusal(deps.accounts, text, vendor);
  return refusal === null ? admitKey(deps, call, text) : unauthenticated(deps, call, refusal);
}

async function admitKey(
  deps: CallDependencies,
  call: Arrived,
  text: string,
): Promise<Authenticated | Ending> {
  const found = await findKey(deps, text);
  if (found === null) return unauthenticated(deps, call, UNKNOWN_KEY);
  const known: Authenticated = { ...call, ...found };
  const unusable = callRefusal(known.key, call.headers, deadlineTime(deps.environment));
  if (unusable !== null) return refused(known, unusable);
  const { shares } = deps;
  const { id, name } = known.key;
  return shares.takeCall(id) ? known : refused(known, refusedTooOften(name, shares.secondsUntilCall(id)));
}

/** Why a text can be no key of this proxy's: told from the text alone, so that guesses teach nothing, and ask no store. */
function textRefusal(accounts: Accounts, text: string, vendor: Vendor): Refusal | null {
  const all = [...accounts.byVendor.values()];
  if (!isVaultKeySecret(text)) {
    const own = all.find((account) => account.vendor.isOwnKey(text));
    return own === undefined ? notAKey(vendor) : ownKeySent(own.vendor, vendor);
  }
  return all.some(({ mode }) => fitsMode(text, mode)) ? null : wrongMode(accounts.root.mode);
}

/**
 * A key of an account or a mode that this proxy has no credential of is as good as unknown. So is one by a secret that was
 * replaced: who has that may not spend the refusals of who has the new one.
 */
async function findKey(
  deps: CallDependencies,
  text: string,
): Promise<Pick<Authenticated, "key" | "account"> | null> {
  const key = await deps.ledger.findVaultKeyByHash(hashVaultKey(text));
  const account = key === null ? undefined : deps.accounts.byVendor.get(key.vendor);
  if (key === null || account === undefined || key.account !== account.name) return null;
  if (endAt(key, deadlineTime(deps.environment)) === "invalid_vault_key") return null;
  return fitsMode(text, account.mode) ? { key, account } : null;
}

function unauthenticated(deps: CallDependencies, call: Arrived, refusal: Refusal): Ending {
  const floods = deps.unauthenticated.exceeded(call.remoteAddress, deps.environment.clock());
  if (!floods) return refused(call, refusal);
  return refused(call, { ...TOO_MANY_INVALID_KEYS, retryAfterSeconds: deps.shares.secondsLeft() });
}
