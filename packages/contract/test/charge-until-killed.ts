/**
 * The child process of the SIGKILL test on Postgres: admits and settles without end, and prints each call id once the
 * ledger has said that it is durable. Started as `node charge-until-killed.ts <url> <prefix>`.
 */
import { writeSync } from "node:fs";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { admission, settlement } from "../src/ledger/fixtures.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
const ledger = await openPostgresLedger({ url });

async function charge(callId: string): Promise<void> {
  await ledger.admit(admission(callId));
  // Synchronous, so that a kill between the two loses the line and never the other way round.
  writeSync(1, `admitted ${callId}\n`);
  await ledger.settle(settlement(callId));
  writeSync(1, `settled ${callId}\n`);
}

async function loop(worker: number): Promise<void> {
  for (let index = 0; ; index++) await charge(`${prefix}-${worker}-${index}`);
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => loop(worker)));
