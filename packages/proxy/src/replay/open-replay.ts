import type { NewVaultKey } from "@keybrake/ledger";
import type { BadConfig } from "../config/config-read.ts";
import { VENDORS } from "../proxy.ts";
import { parseRates, type Rates } from "../rates.ts";
import { toMicros } from "../usd.ts";
import { parseWindow } from "../window.ts";
import type { PastCall } from "./judge-policy.ts";
import type { Judgement } from "./replay.ts";

export type { Judgement } from "./replay.ts";

/** A policy that a history is to be replayed through. */
export interface ReadReplayPolicy {
  /** The role's name; null when the file is one policy. */
  readonly role: string | null;
  readonly key: NewVaultKey;
  readonly rates: Rates;
  /** Shared budgets of the same file. */
  readonly budgets: readonly ReplayBudget[];
}

/** A shared budget, in the admin API's own spelling. */
export interface ReplayBudget {
  readonly name: string;
  readonly usd_cap: number;
  readonly window: string;
  readonly parent: string | null;
}

export interface PolicyChoice {
  /** Of a `keybrake.yaml`, which of its roles; may be left out when it has one. */
  readonly role?: string | undefined;
  /** A key's own cap, in US dollars, instead of the role's. */
  readonly dailyUsdCap?: number | undefined;
}

/**
 * Reads a file that is a policy (a role's fields), or a `keybrake.yaml` with roles. A string says what must be told besides,
 * in words.
 */
export async function readReplayPolicy(
  text: string,
  choice: PolicyChoice,
): Promise<ReadReplayPolicy | BadConfig | string> {
  const [{ ONLY_ROLE, parsePolicyFile }, { withRole }, { newVaultKey }, { createVaultKeySchema }] =
    await Promise.all([
      import("../config/parse-config.ts"),
      import("../admin/roles.ts"),
      import("../admin/vault-key-policy.ts"),
      import("../admin/vault-key-schemas.ts"),
    ]);
  const vendor = VENDORS.stripe;
  const read = parsePolicyFile(text, vendor);
  if ("problems" in read) return read;
  const { roles = {}, budgets = {}, rates = {} } = read.config;
  const names = Object.keys(roles);
  const role = choice.role ?? (names.length === 1 ? names[0] : undefined);
  const fields = role === undefined ? undefined : roles[role];
  if (role === undefined || fields === undefined)
    return names.length === 0 ? "it has no roles" : `say which of its roles is meant: ${names.join(", ")}`;
  const cap = choice.dailyUsdCap ?? fields.daily_usd_cap;
  const isBounded = cap !== undefined || fields.budget !== undefined || fields.budgets !== undefined;
  if (!isBounded) return "it leaves the cap to each key: say which, in US dollars in any 24 h";
  const asked = { name: role, vendor: vendor.name, role, ...(cap !== undefined && { daily_usd_cap: cap }) };
  const request = withRole(createVaultKeySchema.parse(asked), asked, { [role]: fields });
  return {
    role: role === ONLY_ROLE ? null : role,
    key: newVaultKey(request, { id: "replay", hash: "", now: 0, vendor }),
    rates: parseRates(rates),
    budgets: Object.entries(budgets).map(
      ([name, { daily_usd_cap, usd_cap = 0, window = "24h", parent = null }]) => ({
        ...{ name, usd_cap: daily_usd_cap ?? usd_cap, window, parent },
      }),
    ),
  };
}

/** Judges call after call, in the order in which they were booked. */
export interface Replaying {
  judge(call: PastCall): Judgement;
}

/** `budgets`: all that the policy names, and all above them. */
export async function openReplay(
  { key, rates }: Pick<ReadReplayPolicy, "key" | "rates">,
  budgets: readonly ReplayBudget[],
): Promise<Replaying> {
  const { Replay } = await import("./replay.ts");
  const lines = budgets.map(({ name, usd_cap, window, parent }) => ({
    ...{ name, capMicros: toMicros(usd_cap), windowMs: parseWindow(window) ?? null, parent },
  }));
  return new Replay({ key, rates, budgets: lines, vendor: VENDORS.stripe });
}
