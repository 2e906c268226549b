import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { createEmulatorControl, type EmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { type ServedProxy, serve } from "./served-proxy.ts";
import { type CallAnswer, UPSTREAM_KEY } from "./stack.ts";

/** How far a process's clocks are from those of the machine. */
export interface Shift {
  /** Of the clock that can be set: it steps when it is. */
  readonly wallMs: number;
  /** Of the time since boot, which nobody can set: it goes on while the machine sleeps. */
  readonly sinceBootMs: number;
}

/** Runs in the served process before anything of ours. It looks at a file again and again, and says what it saw. */
const PRELOAD = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  import os from "node:os";
  const file = process.env.FAKED_CLOCK;
  let seen = "";
  let shift;
  const look = () => {
    const text = readFileSync(file, "utf8");
    if (text === seen) return;
    shift = JSON.parse(text);
    seen = text;
    writeFileSync(file + ".seen", text);
  };
  look();
  setInterval(look, 5).unref();
  const now = Date.now;
  Date.now = () => now() + shift.wallMs;
  const uptime = os.uptime;
  os.uptime = () => uptime() + shift.sinceBootMs / 1000;
  syncBuiltinESMExports();
`;

/** \`keybrake serve\` in a process whose clocks the test sets, with a stand-in for Stripe that keeps true time. */
export interface ClockScene extends AsyncDisposable {
  readonly control: EmulatorControl;
  /** Resolves when the process has it. */
  set(shift: Shift): Promise<void>;
  stop(): Promise<void>;
  /** Rejects, with what the process said, when it does not come up. */
  start(flags?: readonly string[]): Promise<ServedProxy>;
  admin(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }>;
  issue(policy?: Record<string, unknown>): Promise<{ readonly id: string; readonly vault_key: string }>;
  charge(
    vaultKey: string,
    idempotencyKey: string,
    amount?: number,
  ): Promise<Pick<CallAnswer, "status" | "body">>;
}

export async function openClockScene(): Promise<ClockScene> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "keybrake-clock-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const emulator = opening.use(await startEmulator({ secretKeys: [UPSTREAM_KEY] }));
  const file = join(folder, "clock.json");
  const adminKey = "admin-key-of-the-clock-tests";
  let proxy: ServedProxy | null = null;
  opening.defer(async () => void (await proxy?.kill()));
  const opened = opening.move();

  async function set(shift: Shift): Promise<void> {
    const text = JSON.stringify(shift);
    // Renamed, so that the process never reads half of it.
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
    if (proxy === null) return;
    while ((await readFile(`${file}.seen`, "utf8")) !== text) await pass(5);
  }
  await set({ wallMs: 0, sinceBootMs: 0 });

  async function ask(path: string, init: RequestInit) {
    if (proxy === null) throw new Error("the proxy is not started");
    const response = await fetch(`${proxy.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as any };
  }

  const scene: ClockScene = {
    control: createEmulatorControl(emulator.url),
    set,
    async stop() {
      await proxy?.stop();
      proxy = null;
    },
    async start(flags = []) {
      await scene.stop();
      proxy = await serve({
        port: 0,
        store: join(folder, "keybrake.db"),
        stripeUrl: emulator.url,
        credential: UPSTREAM_KEY,
        adminKey,
        env: {
          FAKED_CLOCK: file,
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`,
        },
        flags,
      });
      return proxy;
    },
    admin: (path, body) =>
      ask(`/admin${path}`, {
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      }),
    async issue(policy = {}) {
      const usual = { name: "test", vendor: "stripe", role: "billing", daily_usd_cap: 100 };
      const key = { ...usual, expires_in_seconds: 864_000, ...policy };
      const { status, body } = await scene.admin("/vault-keys", key);
      if (status !== 201) throw new Error(`issue: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    charge: (vaultKey, idempotencyKey, amount = 100) =>
      ask("/v1/charges", {
        method: "POST",
        headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": idempotencyKey },
        body: new URLSearchParams({ amount: String(amount), currency: "usd", source: "tok_visa" }),
      }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
  return scene;
}
