import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { expect, test } from "vitest";
import { type ServedProxy, serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

/**
 * Done when: the proxy is killed with SIGKILL between hold and answer, 50 times at random moments under load;
 * after every restart the cap holds, no act is doubled when clients repeat it, and no row is lost.
 *
 * Acts are $1 each and there are more of them than the cap allows. A client repeats its act, with the same
 * Idempotency-Key, until it has a definite answer, as a durable agent does.
 */
const KILLS = 50;
const ACTS_PER_ROUND = 12;
const CAP_USD = 450;
const SEED = 20_261_121;

/** Mulberry32: the moments of the kills can be replayed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Act {
  readonly name: string;
  /** Every definite answer it got: a charge id, or the code of a refusal. */
  readonly answers: string[];
}

test(`the books survive ${KILLS} SIGKILLs under load`, { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-crash-"));
  const store = join(folder, "keybrake.db");
  const adminKey = "admin-key-of-the-crash-test";
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  const control = createEmulatorControl(emulator.url);
  // Most kills must hit calls in flight, on both sides of Stripe's execution.
  await control.addFault({
    operation: "charges.create",
    kind: "delay",
    delay_ms: 25,
    probability: 0.7,
    seed: SEED,
  });
  const random = seeded(SEED);
  const rowIds = new Set<string>();
  const acts: Act[] = [];
  let port = 0;
  /** Restarts that found a hold of the dead process: without them the test would show nothing. */
  let caughtInFlight = 0;
  let proxy: ServedProxy;
  let key = { id: "", vault_key: "" };

  const start = async () => {
    const served = await serve({ port, store, stripeUrl: emulator.url, credential: UPSTREAM_KEY, adminKey });
    port = Number(new URL(served.url).port);
    return served;
  };
  const admin = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
    return (await fetch(`${proxy.url}/admin${path}`, { ...init, headers })).json() as Promise<any>;
  };

  /** One try. A connection error or a 5xx is no answer: the act stays open. */
  const attempt = async (act: Act): Promise<void> => {
    try {
      const response = await fetch(`${proxy.url}/v1/charges`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${key.vault_key}`,
          "idempotency-key": act.name,
          "content-type": "application/x-www-form-urlencoded",
          "x-agent-run-id": "crash-test",
        },
        body: `amount=100&currency=usd&source=tok_visa&metadata[reference]=${act.name}`,
      });
      const body = (await response.json()) as any;
      rowIds.add(response.headers.get("request-id") ?? "");
      if (response.status >= 500 || response.status === 409) return;
      act.answers.push(response.status === 200 ? body.id : body.error.code);
    } catch {
      // Killed meanwhile.
    }
  };

  try {
    proxy = await start();
    const issued = { name: "crash", vendor: "stripe", role: "billing", daily_usd_cap: CAP_USD };
    key = await admin("/vault-keys", { method: "POST", body: JSON.stringify(issued) });

    for (let round = 0; round < KILLS; round++) {
      for (let index = 0; index < ACTS_PER_ROUND; index++)
        acts.push({ name: `act-${round}-${index}`, answers: [] });
      const open = acts.filter((act) => act.answers.length === 0);
      // Some finished acts are repeated too: agents do.
      const repeated = acts.filter((act) => act.answers.length > 0 && random() < 0.05);
      const load = [...open, ...repeated].map(attempt);
      await new Promise((resolve) => setTimeout(resolve, 5 + random() * 60));
      await proxy.kill();
      await Promise.all(load);
      proxy = await start();
      const usage = await admin(`/vault-keys/${key.id}`);
      expect(usage.spent + usage.held, `after kill ${round} (seed ${SEED})`).toBeLessThanOrEqual(CAP_USD);
      if (usage.held > 0) caughtInFlight += 1;
      expect((await control.summary()).currencies.usd?.charged ?? 0).toBeLessThanOrEqual(CAP_USD * 100);
    }

    for (let tries = 0; tries < 20 && acts.some((act) => act.answers.length === 0); tries++) {
      await Promise.all(acts.filter((act) => act.answers.length === 0).map(attempt));
    }
    // Everybody asks once more: the answer must be the same.
    await Promise.all(acts.map(attempt));

    expect(caughtInFlight).toBeGreaterThan(KILLS / 4);
    const charged = acts.filter((act) => act.answers.some((answer) => answer.startsWith("ch_")));
    for (const act of acts) expect(act.answers.length, act.name).toBeGreaterThan(0);
    for (const act of charged) expect(new Set(act.answers).size, `${act.name}: ${act.answers}`).toBe(1);
    const ids = new Set(charged.map((act) => act.answers[0]));
    expect(ids.size).toBe(charged.length);

    const summary = await control.summary();
    expect(summary.charges.created).toBe(charged.length);
    expect(charged.length).toBe(CAP_USD);
    const usage = await admin(`/vault-keys/${key.id}`);
    expect(usage).toMatchObject({ spent: CAP_USD, held: 0, remaining: 0 });

    const rows: any[] = [];
    for (let cursor = ""; ; ) {
      const page = await admin(`/audit?limit=1000${cursor}`);
      rows.push(...page.data);
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    // Every answer that a client got can be found.
    const known = new Set(rows.flatMap((row) => [row.call_id, row.upstream_request_id]));
    expect([...rowIds].filter((id) => !known.has(id))).toEqual([]);
    // Every charge has exactly one posted row.
    const posted = rows.filter((row) => row.state === "posted").map((row) => row.object_id);
    expect(posted.sort()).toEqual([...ids].sort());
    expect(rows.filter((row) => row.state === "held" || row.state === "unknown")).toEqual([]);

    expect(await proxy.stop(), proxy.stderr()).toBe(0);
    const ledger = await openSqliteLedger({ path: store });
    expect((await ledger.verify(Date.now())).problems).toEqual([]);
    await ledger.close();
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
});
