import type { Ledger } from "@keybrake/ledger";
import { createLog, createProxy, createUndiciUpstream, type Policy, VENDORS } from "@keybrake/proxy";

const ADMIN_KEY = "admin-key-of-a-measurement";
const TIMES = 40;

/** What each page of the dashboard asks for, as often as it is opened. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "every page": ["me", "approvals?status=pending&limit=100"],
  overview: ["spend?by=key&span=48h"],
  "overview, by run": ["spend?by=run&span=7d"],
  keys: ["vault-keys?limit=1000"],
  "a key": ["vault-keys/key-7"],
  "create a key": ["roles", "openapi.json"],
  approvals: ["approvals?limit=50"],
  calls: ["audit?limit=100"],
  "calls of an agent": ["audit?limit=100&agent=agent-7"],
  "calls, refused": ["audit?limit=100&decision=denied"],
  "a run": ["audit?limit=1000&run_id=run-7"],
  budgets: ["budgets?limit=1000"],
  stop: ["stops"],
};

/** The routes that the dashboard's pages ask, over HTTP, of a proxy on a store that is full: the time that 95 of 100 take at most. */
export async function measurePages(ledger: Ledger<Policy>): Promise<void> {
  const upstream = createUndiciUpstream("http://127.0.0.1:9");
  const proxy = createProxy({
    ...{ ledger, adminKey: ADMIN_KEY, reconciles: false, log: createLog({ level: "silent" }) },
    accounts: [{ vendor: VENDORS.stripe, upstream, credential: "sk_test_growth" }],
  });
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const ask = async (path: string) => {
    const answer = await fetch(`${url}/admin/${path}`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    const { length } = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return length;
  };
  // What is old is added up when somebody first looks: the pages below are those of whoever comes after.
  while (await ledger.spend.advance());
  console.log("\n| page | asks | kB | p95, ms |\n| --- | --- | --- | --- |");
  for (const [name, paths] of Object.entries(PAGES)) {
    const times: number[] = [];
    let bytes = 0;
    // The first loads what it needs.
    for (let round = 0; round <= TIMES; round++) {
      const start = performance.now();
      bytes = (await Promise.all(paths.map(ask))).reduce((sum, length) => sum + length, 0);
      if (round > 0) times.push(performance.now() - start);
    }
    const p95 = times.toSorted((a, b) => a - b)[Math.ceil(0.95 * TIMES) - 1] ?? 0;
    const asked = paths.map((path) => `\`${path}\``).join(", ");
    console.log(`| ${name} | ${asked} | ${Math.ceil(bytes / 1000)} | ${p95.toFixed(0)} |`);
  }
  await proxy.close();
}
