import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Connection } from "./desk.ts";

/** What a worker process is told, as JSON in its environment: arguments show in `ps`, and there is a key in it. */
export interface WorkerJob extends Connection {
  readonly customer: string;
  readonly cents: number;
  /** Where it is noted that the job is done. */
  readonly file: string;
  /** What a worker does between charging and noting it. */
  readonly pauseMs: number;
}

/** The variable that holds a `WorkerJob`. */
export const JOB_VARIABLE = "KEYBRAKE_CRASH_TEST_JOB";

/** Source or build: beside this file, and like it. */
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
/** The first worker never gets so far. */
const PAUSE_MS = 60_000;

function startWorker(job: WorkerJob): ChildProcess {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, [JOB_VARIABLE]: JSON.stringify(job) };
  return spawn(process.execPath, [WORKER], { env, stdio: ["ignore", "pipe", "inherit"] });
}

/** One job, and a worker that is killed when it has charged and has not noted it; then another, to its end. */
export async function runWorkerTwice(job: Omit<WorkerJob, "file" | "pauseMs">): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-crash-test-"));
  try {
    const file = join(folder, "job.json");
    await writeFile(file, JSON.stringify({ done: false }));
    const first = startWorker({ ...job, file, pauseMs: PAUSE_MS });
    const ended = once(first, "close");
    // It says one thing, and says it when it has charged. Should it end before, there is nothing to kill.
    if (first.stdout !== null) await Promise.race([once(first.stdout, "data"), ended]);
    first.kill("SIGKILL");
    await ended;
    await once(startWorker({ ...job, file, pauseMs: 0 }), "close");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
