import type { AdminClient } from "../admin/admin-client.ts";
import type { CreateVaultKeyInput } from "../admin/admin-types.ts";
import type { AuditFilter, AuditRow } from "../admin/audit-types.ts";

/** One thing that moved money at the stand-in for Stripe. */
export interface TestMovement {
  /** `ch_…`, `re_…`. */
  readonly object: string;
  /** `charge`, `refund`, `transfer`, `payout` … */
  readonly kind: string;
  readonly currency: string;
  /** In the currency's smallest unit; positive, whatever the direction. */
  readonly amount_minor: number;
}

/** What `startProxy` of `@keybrake/proxy` answers, as far as it is used here: core depends on no proxy. */
interface StartedProxy {
  readonly url: string;
  readonly admin: AdminClient;
  readonly emulator: {
    books(): Promise<{ readonly moved: readonly TestMovement[] }>;
    addFault(fault: {
      readonly kind: "drop_after";
      readonly operation: string;
      readonly times: number;
    }): Promise<string>;
  };
  close(): Promise<void>;
}

/** What tools are made with: `billingTools(await proxy.key({ … }))`. */
export interface TestKey {
  readonly vaultKey: string;
  readonly proxyUrl: string;
}

/** A proxy of this process in front of a stand-in for Stripe. No money can move; all of it is gone with `close`. */
export interface TestProxy extends AsyncDisposable {
  readonly proxyUrl: string;
  /** Keys, budgets and audit log. */
  readonly admin: AdminClient;
  /** A new vault key. What the proxy refuses rejects with a `KeybrakeError`: `budget_required`, `request_invalid`. */
  key(policy: Omit<CreateVaultKeyInput, "name"> & { readonly name?: string }): Promise<TestKey>;
  /** What moved at the stand-in, by its own books, oldest first: the truth that a test compares with. */
  moved(): Promise<readonly TestMovement[]>;
  /** The proxy's rows of every call, refused ones too, oldest first. */
  calls(filter?: AuditFilter): Promise<readonly AuditRow[]>;
  /** The stand-in carries the next `times` calls of an operation (`charges.create`) out, and answers none of them. */
  loseAnswers(operation: string, times: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a proxy for one test: real policy, caps, retries and audit, over a real socket of this machine.
 *
 * @param startProxy the function of that name of `@keybrake/proxy`, which the test's own project installs: core has
 * no proxy in it.
 * @example
 * await using proxy = await startTestProxy(startProxy);
 * const tools = billingTools(await proxy.key({ role: "billing", daily_usd_cap: 100 }));
 * // … the agent …
 * expect(await proxy.moved()).toMatchObject([{ kind: "charge", amount_minor: 2900 }]);
 */
export async function startTestProxy(startProxy: () => Promise<StartedProxy>): Promise<TestProxy> {
  const proxy = await startProxy();
  const { admin, emulator, url: proxyUrl } = proxy;
  const close = () => proxy.close();
  return {
    proxyUrl,
    admin,
    close,
    async key(policy) {
      const { vault_key: vaultKey } = await admin.vaultKeys.create({ name: "test", ...policy });
      return { vaultKey, proxyUrl };
    },
    async moved() {
      const { moved } = await emulator.books();
      return moved.map(({ object, kind, currency, amount_minor }) => ({
        ...{ object, kind, currency, amount_minor },
      }));
    },
    async calls(filter = {}) {
      const rows: AuditRow[] = [];
      for await (const row of admin.audit.iterate(filter)) rows.push(row);
      return rows.reverse();
    },
    async loseAnswers(operation, times) {
      await emulator.addFault({ kind: "drop_after", operation, times });
    },
    [Symbol.asyncDispose]: close,
  };
}
