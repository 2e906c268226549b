/**
 * The child process of the SIGKILL test: admits and settles without end, and prints each call id once the
 * ledger has said that it is durable. Started as `node admit-until-killed.ts <store> <prefix>`.
 */
import { writeSync } from "node:fs";
import { openSqliteLedger } from "../src/sqlite/index.ts";
import { admissionFixture, settlementFixture } from "./fixtures.ts";

const [path = "", prefix = ""] = process.argv.slice(2);
const ledger = await openSqliteLedger({ path });

async function charge(callId: string): Promise<void> {
  await ledger.admit(admissionFixture(callId));
  // Synchronous, so that a kill between the two loses the line and never the other way round.
  writeSync(1, `admitted ${callId}\n`);
  await ledger.settle(settlementFixture(callId));
  writeSync(1, `settled ${callId}\n`);
}

async function loop(worker: number): Promise<void> {
  for (let index = 0; ; index++) await charge(`${prefix}-${worker}-${index}`);
}

await Promise.all(Array.from({ length: 16 }, (_, worker) => loop(worker)));
