import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, stripeClient } from "./desk.ts";
import { JOB_VARIABLE, type WorkerJob } from "./restarted-worker.ts";

/** A billing worker as many are written: looks whether its job is done, charges, and notes that it has. */

const job = JSON.parse(process.env[JOB_VARIABLE] ?? "{}") as WorkerJob;
const { done } = JSON.parse(await readFile(job.file, "utf8")) as { readonly done: boolean };
if (!done) {
  try {
    const { customer, cents } = job;
    await stripeClient(job).charges.create({ amount: cents, currency: "usd", customer });
  } catch (error) {
    // What is refused is not done; the books tell.
    codeOf(error);
  }
  process.stdout.write("charged\n");
  await delay(job.pauseMs);
  await writeFile(job.file, JSON.stringify({ done: true }));
}
