import { randomUUID } from "node:crypto";
import { type AdminClient, type Role, roleOperations, type VaultKeyInfo } from "@keybrake/core";
import type { Finding, Group } from "./check.ts";
import { MOVES_MONEY, PROBES, type ProbeTerms } from "./operations.ts";
import { type ProbeRequest, type Prober, said } from "./probe.ts";
import { makeTwin, smallTerms } from "./twin.ts";

export interface Bench {
  readonly admin: AdminClient;
  readonly prober: Prober;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A key of the user's, and what it is meant to be. */
export interface ExpectedKey {
  /** The environment variable that holds it. */
  readonly variable: string;
  readonly role: Role;
  readonly vaultKey: string;
}

/** No operation of anybody's: refused whatever a policy says, with a row that says whose key it was. */
const NOWHERE: ProbeRequest = { method: "GET", path: "/v1/keybrake_verify" };
/** The largest amount of one charge at Stripe, in the smallest unit. */
const AMOUNT_MINOR_MAX = 99_999_999;
const EXPIRY_SECONDS = 1;
/** Over the whole second, and a little: both clocks are the proxy's. */
const EXPIRY_WAIT_MS = 1200;

function isForm(text: string): boolean {
  return /^vk_(?:live|test|sim)_/.test(text);
}

/** The key as the proxy knows it, found by a call that can do nothing; a text when there is none to work with. */
async function find({ admin, prober }: Bench, { vaultKey }: ExpectedKey): Promise<VaultKeyInfo | string> {
  const runId = `verify-${randomUUID()}`;
  const answer = await prober.probe(vaultKey, NOWHERE, { "x-agent-run-id": runId });
  if (answer.status !== 403) return `a call with it was answered ${said(answer)}`;
  const { data } = await admin.audit.list({ run_id: runId, limit: 1 });
  const id = data[0]?.vault_key_id;
  return id === undefined ? "the call with it has no row in the audit log" : admin.vaultKeys.get(id);
}

/** Whether the role is to move money. */
const spends = (role: Role) => roleOperations(role).some((operation) => MOVES_MONEY.includes(operation));

/** What can be seen of a key without a call: the proxy's own description. */
async function checkDescription(group: Group, key: VaultKeyInfo, role: Role): Promise<void> {
  await group.check("its policy is enforced", () => {
    return key.policy.enforcement === "observe" ? 'its enforcement is "observe": it refuses nothing' : null;
  });
  if (!spends(role)) return;
  await group.check("it has money left to spend", () => {
    if (key.remaining === null || key.remaining > 0) return null;
    const { daily_usd_cap: cap } = key.policy;
    return cap === 0 ? "its cap is $0: no write passes" : "its cap or a budget of its is used up";
  });
}

function probeOf(operation: string, terms: ProbeTerms): ProbeRequest {
  const probe = PROBES[operation];
  if (probe === undefined) throw new Error(`there is no probe of ${operation}`);
  return probe(terms);
}

async function checkOperations(bench: Bench, group: Group, twin: Twin): Promise<void> {
  const { role, vaultKey, terms } = twin;
  const own = roleOperations(role);
  const send = (operation: string) =>
    bench.prober.probe(vaultKey, probeOf(operation, terms), { "idempotency-key": `verify-${randomUUID()}` });
  for (const operation of own) {
    await group.check(`${operation} passes`, async () => {
      const answer = await send(operation);
      return answer.status === 200 ? null : `it was answered ${said(answer)}`;
    });
  }
  for (const operation of MOVES_MONEY.filter((each) => !own.includes(each))) {
    await group.check(`${operation} is refused`, async () => {
      const answer = await send(operation);
      return answer.status === 403 && answer.code === "operation_not_allowed"
        ? null
        : `it was answered ${said(answer)}`;
    });
  }
}

interface Twin {
  readonly role: Role;
  readonly id: string;
  readonly vaultKey: string;
  readonly terms: ProbeTerms;
}

const OVER_CAP = new Set(["spend_cap_exceeded", "amount_over_limit"]);

/** Something that moves money, for a role that may. */
function paymentOf(role: Role): string | undefined {
  return roleOperations(role).find((operation) => MOVES_MONEY.includes(operation));
}

async function checkCap(bench: Bench, group: Group, twin: Twin): Promise<void> {
  const name = "a call over its cap is refused";
  const payment = paymentOf(twin.role);
  if (payment === undefined) return;
  const { remaining } = await bench.admin.vaultKeys.get(twin.id);
  const amountMinor =
    twin.terms.currency === "usd" && remaining !== null
      ? Math.floor(remaining * 100) + 100
      : AMOUNT_MINOR_MAX;
  if (amountMinor > AMOUNT_MINOR_MAX) return group.skip(name, "its cap is more than one call can move");
  await group.check(name, async () => {
    const request = probeOf(payment, { ...twin.terms, amountMinor });
    const answer = await bench.prober.probe(twin.vaultKey, request, {
      "idempotency-key": `verify-${randomUUID()}`,
    });
    return OVER_CAP.has(answer.code ?? "") ? null : `it was answered ${said(answer)}`;
  });
}

/** With a key that its caller chose: so it is one act whatever `dedupe` the policy has. */
async function checkReplay(bench: Bench, group: Group, twin: Twin): Promise<void> {
  const payment = paymentOf(twin.role);
  if (payment === undefined) return;
  await group.check("what is sent twice is done once", async () => {
    const headers = { "idempotency-key": `verify-${randomUUID()}` };
    const send = () => bench.prober.probe(twin.vaultKey, probeOf(payment, twin.terms), headers);
    const [first, second] = [await send(), await send()];
    if (first.status !== 200) return `the first was answered ${said(first)}`;
    return second.replayed && second.id === first.id ? null : `the second was answered ${said(second)}, anew`;
  });
}

async function refusedWith(
  { prober }: Bench,
  vaultKey: string,
  code: "vault_key_revoked" | "vault_key_expired",
): Promise<Finding> {
  const answer = await prober.probe(vaultKey, NOWHERE);
  return answer.status === 401 && answer.code === code ? null : `it was answered ${said(answer)}`;
}

/** Everything that a twin of the key can be asked. It is revoked in the end. */
async function checkTwin(
  bench: Bench,
  group: Group,
  key: Pick<VaultKeyInfo, "name" | "vendor" | "account" | "policy">,
  role: Role,
): Promise<void> {
  const { id, vault_key: vaultKey } = await makeTwin(bench.admin, key);
  const twin = { role, id, vaultKey, terms: smallTerms(key.policy) };
  try {
    await checkCap(bench, group, twin);
    await checkOperations(bench, group, twin);
    await checkReplay(bench, group, twin);
  } finally {
    await bench.admin.vaultKeys.revoke(id);
  }
  await group.check("revoked, it is refused at once", () =>
    refusedWith(bench, vaultKey, "vault_key_revoked"),
  );
}

/**
 * A key of the user's: what it is, and by a twin of its policy what it may do. `earlier`: by id, the variables that were
 * looked at before.
 */
export async function checkKey(
  bench: Bench,
  group: Group,
  expected: ExpectedKey,
  earlier: Map<string, string>,
): Promise<void> {
  const { role, vaultKey, variable } = expected;
  const holdsOne = await group.check("it holds a vault key", () => {
    if (isForm(vaultKey)) return null;
    return /^[sr]k_/.test(vaultKey)
      ? "it holds a raw Stripe key: whoever has it is past every limit"
      : "what it holds is no vault key (vk_…)";
  });
  if (!holdsOne) return;
  const found = await find(bench, expected).catch(
    (error: unknown) => `it was not found: ${error instanceof Error ? error.message : "failed"}`,
  );
  await group.check("the proxy takes it", () => (typeof found === "string" ? found : null));
  if (typeof found === "string") return;
  await group.check("it is a key of its own", () => {
    const other = earlier.get(found.id);
    return other === undefined ? null : `it is the key that ${other} holds`;
  });
  earlier.set(found.id, variable);
  await checkDescription(group, found, role);
  await checkTwin(bench, group, found, role);
}

/** A key made for the occasion: that the proxy itself does what it should, whatever keys there are. */
export async function checkMadeKey(bench: Bench, group: Group): Promise<void> {
  const role: Role = "billing";
  const { admin } = bench;
  const made = await admin.vaultKeys.create({
    ...{ name: "verify", role, daily_usd_cap: 1, simulate: true, expires_in_seconds: 60 },
  });
  const key = await admin.vaultKeys.get(made.id);
  await admin.vaultKeys.revoke(made.id);
  await checkTwin(bench, group, key, role);
  await group.check("expired, it is refused", async () => {
    const short = await makeTwin(admin, key, EXPIRY_SECONDS);
    await bench.sleep(EXPIRY_WAIT_MS);
    return refusedWith(bench, short.vault_key, "vault_key_expired");
  });
}
