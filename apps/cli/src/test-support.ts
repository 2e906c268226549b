import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AuditRow } from "@keybrake/core";
import { onTestFinished } from "vitest";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { run } from "./run.ts";

/** Tests only: the command as a real process, and in this process with captured output. */

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

type Environment = Readonly<Record<string, string>>;

/** Only what a process needs to start, and to start soon: the tests' own KEYBRAKE_… variables stay out. */
function environmentWith(environment: Environment): Record<string, string> {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  return { PATH, NODE_COMPILE_CACHE, TMPDIR: tmpdir(), ...environment };
}

export interface RunningCli {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout matches; rejects when the process ends before it does. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
}

/** Starts the command in a folder; it is killed when the owner is done, should it still run. */
export function startCli(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Environment; readonly onEnd: (kill: () => void) => void },
): RunningCli {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: options.cwd,
    env: environmentWith(options.env ?? {}),
    stdio: ["ignore", "pipe", "pipe"],
  });
  options.onEnd(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const look of waiting) look();
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  const waitFor = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout);
        if (match === null) return;
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      look();
      void ended.then((code) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)));
    });
  return { process: child, stdout: () => stdout, stderr: () => stderr, waitFor, ended };
}

/** Runs the command as a process to its end. */
export async function runCli(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Environment },
): Promise<{ readonly code: number | string | null; readonly stdout: string; readonly stderr: string }> {
  const cli = startCli(argv, { ...options, onEnd: onTestFinished });
  const code = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** A fresh folder, removed with `onEnd`. */
export async function temporaryFolder(onEnd: (remove: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-cli-test-"));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Captured {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** An Io that captures, without colours, 80 columns, without sleeping. */
export function captureIo(changes: Partial<Io> & { readonly env: Environment }): {
  readonly io: Io;
  readonly stdout: () => string;
  readonly stderr: () => string;
} {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): Io["stdout"] => ({
    columns: undefined,
    rows: undefined,
    write: async (text) => {
      written[name] += text;
    },
    style: (_format, text) => text,
  });
  const io: Io = {
    stdout: output("stdout"),
    stderr: output("stderr"),
    log: { write: () => {} },
    terminal: null,
    fetch: (input, init) => fetch(input, init),
    clock: Date.now,
    sleep: () => Promise.resolve(),
    stopSignal: () => new AbortController().signal,
    ...changes,
  };
  return { io, stdout: () => written.stdout, stderr: () => written.stderr };
}

/** Runs the command in this process. */
export async function runHere(
  argv: readonly string[],
  changes: Partial<Io> & { readonly env: Environment },
): Promise<Captured> {
  const captured = captureIo(changes);
  const code = await run(argv, captured.io);
  return { code, stdout: captured.stdout(), stderr: captured.stderr() };
}

/** A row as a proxy's admin API shows one: a charge of a dollar that was made. */
export function auditRow(changes: Partial<AuditRow> & Pick<AuditRow, "call_id">): AuditRow {
  return {
    at: "2026-06-10T12:00:00.000Z",
    vendor: "stripe",
    account: "default",
    vault_key_id: "key_1",
    vault_key_name: "billing",
    role: "billing",
    labels: {},
    simulate: false,
    run_id: null,
    agent: null,
    conversation_id: null,
    turn: null,
    traceparent: null,
    operation: "charges.create",
    method: "POST",
    path: "/v1/charges",
    idempotency_key: null,
    decision: "allowed",
    code: null,
    amount_minor: 100,
    currency: "usd",
    usd_micros: 1_000_000,
    usd_cents: 100,
    moved_usd: 1,
    customer: null,
    would_code: null,
    state: "posted",
    status: 200,
    upstream_request_id: null,
    upstream_idempotency_key: null,
    object_id: null,
    latency_ms: 1,
    times: 1,
    settled_by: "answer",
    settled_reason: null,
    over_hold_micros: 0,
    ...changes,
  };
}
