import { type LocalProxy, startProxy } from "@keybrake/proxy";

/** A day of a small shop whose agents bill, refund and remind, for whoever looks at pages and wants something on them. */
export interface Shop extends AsyncDisposable {
  readonly proxy: LocalProxy;
  /** Runs worth a look: one whose answer was lost, one that was refused, one that waits for a person. */
  readonly runs: { readonly retried: string; readonly refused: string; readonly asking: string };
  /** The orchestrator's key, which has made others. */
  readonly orchestrator: string;
}

const HOUR_MS = 3_600_000;
const HOURS = 22;

/** The same day each time, for everything but ids. */
function dice(): () => number {
  let state = 20_260_601;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

interface Call {
  readonly key: string;
  readonly agent: string;
  readonly run: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
}

async function call(url: string, { key, agent, run, path, form, idempotencyKey }: Call): Promise<any> {
  const response = await fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: {
      ...{ authorization: `Bearer ${key}`, "x-agent-name": agent, "x-agent-run-id": run },
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    body: new URLSearchParams(form),
  });
  return response.json();
}

const charge = (amount: number, customer: string, reference: string) => ({
  path: "charges",
  form: {
    ...{ amount: `${amount}`, currency: "usd", customer },
    ...{ description: "June usage", "metadata[reference]": reference },
  },
});

async function issueKeys({ admin }: LocalProxy) {
  await admin.budgets.create({ name: "company", usd_cap: 8000, window: "24h" });
  await admin.budgets.create({ name: "billing", usd_cap: 4000, window: "24h", parent: "company" });
  await admin.budgets.create({ name: "support", usd_cap: 400, window: "24h", parent: "company" });
  await admin.budgets.create({ name: "trial-2026", usd_cap: 10_000, window: "lifetime" });
  const week = { expires_in_seconds: 7 * 86_400 };
  const { vaultKeys } = admin;
  return {
    june: await vaultKeys.create({
      ...{ name: "june-billing", role: "billing", daily_usd_cap: 3000, budget: "billing", ...week },
      ...{ approval: { above_usd: 250 }, labels: { team: "payments", env: "prod" } },
    }),
    dunning: await vaultKeys.create({
      ...{ name: "dunning", role: "billing", daily_usd_cap: 400, budget: "billing", ...week },
      labels: { team: "payments" },
    }),
    refunds: await vaultKeys.create({
      ...{ name: "refund-desk", role: "refund", daily_usd_cap: 250, budget: "support", ...week },
      labels: { team: "support" },
    }),
    audit: await vaultKeys.create({ name: "month-end", role: "audit", daily_usd_cap: 0, ...week }),
    orchestrator: await vaultKeys.create({
      ...{ name: "orchestrator", role: "billing", daily_usd_cap: 600, ...week },
      may_delegate: { keys: 4 },
    }),
    old: await vaultKeys.create({ name: "may-billing", role: "billing", daily_usd_cap: 800, ...week }),
  };
}

type Keys = Awaited<ReturnType<typeof issueKeys>>;

const CUSTOMERS = ["cus_demo_alice", "cus_demo_bob", "cus_demo_carol"];

/** One hour: some bills, now and then a reminder, a refund, and what a key may not. */
async function liveAnHour(proxy: LocalProxy, keys: Keys, hour: number, random: () => number): Promise<void> {
  const { url } = proxy;
  const run = `run-june-${String(hour).padStart(2, "0")}`;
  const billing = { key: keys.june.vault_key, agent: "billing", run };
  const busy = hour > 6 && hour < 20 ? 5 : 1;
  for (let number = 0; number < busy; number++) {
    const customer = CUSTOMERS[Math.floor(random() * CUSTOMERS.length)] ?? "";
    const made = await call(url, {
      ...billing,
      ...charge(500 + Math.floor(random() * 2500), customer, `order-${hour}-${number}`),
    });
    if (random() < 0.2)
      await call(url, {
        ...{ key: keys.refunds.vault_key, agent: "support", run: `ticket-${4100 + hour}`, path: "refunds" },
        form: { charge: `${made.id}`, amount: "300", reason: "requested_by_customer" },
      });
  }
  if (hour % 4 === 1) {
    const dunning = { key: keys.dunning.vault_key, agent: "dunning", run: `dunning-${hour}` };
    await call(url, { ...dunning, ...charge(4200, "cus_demo_bob", `overdue-${hour}`) });
  }
  if (hour % 5 === 2)
    await call(url, { ...billing, path: "refunds", form: { charge: "ch_made_up", amount: "5000" } });
  await fetch(`${url}/v1/charges?limit=3`, {
    headers: { authorization: `Bearer ${keys.audit.vault_key}`, "x-agent-name": "month-end" },
  });
}

/** What stands out of the day: a lost answer, a storm against the cap, and what waits for a person. */
async function standOut(proxy: LocalProxy, keys: Keys): Promise<Shop["runs"]> {
  const { url, emulator, admin } = proxy;
  const retried = { key: keys.june.vault_key, agent: "billing", run: "run-lost-answer" };
  await emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
  const act = { ...charge(2900, "cus_demo_alice", "june-2026"), idempotencyKey: "june-2026:alice" };
  for (let tries = 0; tries < 3; tries++) await call(url, { ...retried, ...act }).catch(() => null);
  await emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
  await call(url, { ...retried, run: "run-unknown", ...charge(1900, "cus_demo_bob", "lost") }).catch(
    () => null,
  );
  const refused = { key: keys.dunning.vault_key, agent: "dunning", run: "run-storm" };
  for (let tries = 0; tries < 6; tries++)
    await call(url, { ...refused, ...charge(9900, "cus_demo_carol", `storm-${tries}`) });
  await call(url, { ...refused, path: "payouts", form: { amount: "100000", currency: "usd" } });
  const asking = { key: keys.june.vault_key, agent: "billing", run: "run-annual-plan" };
  await call(url, { ...asking, ...charge(49_900, "cus_demo_bob", "annual-2026") });
  await call(url, { ...asking, ...charge(89_900, "cus_demo_carol", "annual-2026-carol") });
  await call(url, { ...asking, ...charge(30_000, "cus_demo_alice", "setup-fee") });
  const [newest] = (await admin.approvals.list()).data;
  if (newest !== undefined) await admin.approvals.deny(newest.id, { reason: "not this month" });
  return { retried: retried.run, refused: refused.run, asking: asking.run };
}

async function delegate({ url }: LocalProxy, keys: Keys): Promise<void> {
  for (const name of ["worker-invoices", "worker-cards"]) {
    const made = await fetch(`${url}/vault-keys`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${keys.orchestrator.vault_key}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ name, daily_usd_cap: 200, allowed_operations: ["charges.create"] }),
    });
    if (made.status !== 201) throw new Error(`${made.status}: ${await made.text()}`);
  }
}

/** Starts a proxy in front of a stand-in for Stripe whose agents have had a day. Nothing leaves the machine. */
export async function openShop(
  options: Pick<NonNullable<Parameters<typeof startProxy>[0]>, "port"> = {},
): Promise<Shop> {
  let behind = HOURS * HOUR_MS;
  const proxy = await startProxy({ ...options, environment: { clock: () => Date.now() - behind } });
  const keys = await issueKeys(proxy);
  const random = dice();
  for (let hour = 0; hour < HOURS; hour++) {
    await liveAnHour(proxy, keys, hour, random);
    behind -= HOUR_MS;
  }
  behind = 0;
  const runs = await standOut(proxy, keys);
  await delegate(proxy, keys);
  await proxy.admin.vaultKeys.revoke(keys.old.id);
  await proxy.admin.vaultKeys.pause(keys.refunds.id);
  await proxy.admin.stops.create({ agent: "scraper", reason: "it does not hear refusals" });
  return {
    ...{ proxy, runs, orchestrator: keys.orchestrator.id },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}
