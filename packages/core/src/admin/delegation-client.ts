import { z } from "zod";
import { isKeybrakeError } from "../errors.ts";
import { checkVaultKey } from "../wire/credentials.ts";
import { type FetchLike, type Runtime, SYSTEM_FETCH, SYSTEM_RUNTIME } from "../wire/environment.ts";
import { resolveProxyUrl } from "../wire/proxy-url.ts";
import { makeAdminSend } from "./admin-request.ts";
import type { CreateVaultKeyInput, IssuedVaultKey } from "./admin-types.ts";
import { answerOf, issuedVaultKey } from "./answers.ts";
import { makeLease, type VaultKeyLease } from "./lease.ts";
import { segment } from "./segment.ts";

/** What a key has from the one that makes it, whatever is asked for. */
type Inherited =
  | "vendor"
  | "account"
  | "role"
  | "simulate"
  | "budget"
  | "budgets"
  | "max_calls"
  | "rate_per_minute";

/** Everything but its name is as the key has it that makes it, unless less is asked for; `may_delegate` is not unless asked for. */
export type DelegateVaultKeyInput = Pick<CreateVaultKeyInput, "name"> &
  Partial<Omit<CreateVaultKeyInput, Inherited>>;

export interface DelegationClientOptions {
  /** The proxy's root; falls back to KEYBRAKE_PROXY_URL. */
  readonly proxyUrl?: string | undefined;
  /** A vault key with `may_delegate`, of whoever hands work out. Never give it to a worker. */
  readonly vaultKey: string;
  readonly fetch?: FetchLike | undefined;
  /** For one request with its retries. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly runtime?: Partial<Runtime> | undefined;
}

/** Every method talks to the proxy and throws `KeybrakeError` with the code that it answered. No money moves. */
export interface DelegationClient {
  /**
   * Makes a narrower key: it spends what the key may that makes it, and ends with it. `wider_than_parent` for one that could
   * do more in anything, `delegation_not_allowed` and `delegation_exhausted` when it may make none, or none more. Sent once:
   * one that got lost on its way counts, and ends with the key that made it.
   */
  readonly create: (input: DelegateVaultKeyInput) => Promise<IssuedVaultKey>;
  /** Once it resolved, every later call with the key, and with those that came of it, is refused. Only a key that came of this one. */
  readonly revoke: (id: string) => Promise<void>;
  /** A narrower key that is revoked at the end of the scope (`await using`). Throws as `create` does. */
  readonly leaseVaultKey: (input: DelegateVaultKeyInput) => Promise<VaultKeyLease>;
}

const TIMEOUT_MS = 30_000;

const PATH = "/vault-keys";

const revoked = answerOf({ id: z.string(), status: z.literal("revoked") });

/** Whoever made it has ended, and it has ended with them. */
const ENDED: ReadonlySet<string> = new Set(["vault_key_revoked", "vault_key_expired"]);

/**
 * Keys for the workers of an orchestrator, made with the orchestrator's own vault key instead of an admin key: it can give away
 * no more than it has. Throws `raw_stripe_key` or `invalid_options` for what is no vault key.
 *
 * @example
 * const delegation = createDelegationClient({ vaultKey });
 * await using key = await delegation.leaseVaultKey({ name: "worker-7", max_usd_per_call: 4.9, customers: ["cus_1"] });
 */
export function createDelegationClient(options: DelegationClientOptions): DelegationClient {
  const send = makeAdminSend({
    proxyUrl: resolveProxyUrl(options.proxyUrl),
    bearer: checkVaultKey(options.vaultKey, { required: true }),
    fetch: options.fetch ?? SYSTEM_FETCH,
    runtime: { ...SYSTEM_RUNTIME, ...options.runtime },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
  const create: DelegationClient["create"] = (body) =>
    send({ method: "POST", path: PATH, body, repeatable: false, answer: issuedVaultKey });
  async function revoke(id: string): Promise<void> {
    const path = `${PATH}/${segment(id)}/revoke`;
    await send({ method: "POST", path, repeatable: true, answer: revoked });
  }
  /** A scope that ends after the key that made its own ends quietly. */
  const end = (id: string): Promise<void> =>
    revoke(id).catch((error: unknown) => {
      if (!isKeybrakeError(error) || !ENDED.has(error.code)) throw error;
    });
  return { create, revoke, leaseVaultKey: async (input) => makeLease(await create(input), end) };
}
