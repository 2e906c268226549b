import { type Stack, startStack } from "@keybrake/contract";
import type { UpstreamResult } from "@keybrake/proxy";
import type { MoneyBooks } from "@keybrake/stripe-emulator";
import { Agent, request } from "undici";
import { answered, interceptedUpstream, LOST } from "../intercepted-upstream.ts";
import { RATES } from "./exposure.ts";
import { BUDGETS, KEYS } from "./keys.ts";
import type { Form } from "./requests.ts";
import type { Weather } from "./steps.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: any;
}

/** A proxy with the keys and budgets of every program, the emulator behind it, and a clock for both. */
export interface Scene extends AsyncDisposable {
  readonly stack: Stack;
  /** Ids of the vault keys, in the order of `KEYS`. */
  readonly keyIds: readonly string[];
  /** Milliseconds since the Unix epoch, as proxy and emulator have it. */
  now(): number;
  wait(ms: number): Promise<void>;
  restart(): Promise<void>;
  /** A call of an agent: a write when it has a form. Status 0: no answer. */
  call(key: number, path: string, form: Form, headers: Record<string, string>): Promise<HttpAnswer>;
  /** The company's own call, straight to Stripe. */
  direct(path: string, form?: Form): Promise<HttpAnswer>;
  /** A call of the admin API. */
  admin(path: string, body?: unknown): Promise<HttpAnswer>;
  /**
   * Stripe's books after each write that was sent to it during `work`, before its answer goes back: what one of several
   * calls at once raises, the next may lower again.
   */
  watchWrites<T>(work: () => Promise<T>): Promise<{ result: T; between: readonly MoneyBooks[] }>;
  /** What happens to the next write on its way to Stripe. */
  setWeather(weather: Weather, operation: string): Promise<void>;
  clearWeather(): Promise<void>;
}

const BLOCK_PAGE = "<html><title>Blocked</title><h1>This request was blocked by your network</h1></html>";
const RATE_LIMITED = {
  error: { type: "invalid_request_error", code: "rate_limit", message: "Too many requests" },
};

const DECLINED = { error: { type: "card_error", code: "card_declined", message: "Your card was declined." } };

async function interrupted(weather: Weather, pass: () => Promise<UpstreamResult>): Promise<UpstreamResult> {
  if (weather === "lost_before") return LOST;
  if (weather === "rate_limited") return answered(429, RATE_LIMITED);
  if (weather === "lost_after" || weather === "foreign_after" || weather === "lying") await pass();
  if (weather === "lost_after") return LOST;
  if (weather === "lying") return answered(402, DECLINED);
  if (weather === "foreign_before" || weather === "foreign_after") {
    return { kind: "answer", status: 403, headers: { "content-type": "text/html" }, body: BLOCK_PAGE };
  }
  return pass();
}

export async function openScene(): Promise<Scene> {
  const between = interceptedUpstream();
  const stack = await startStack({
    rates: RATES,
    upstream: (origin) => between.upstream(origin),
    // The same ids in every run: a failing program says the same each time.
    emulator: { seed: 1 },
  });
  let agent = new Agent({ connections: 16 });
  let ahead = 0;
  let weather: Weather = "fair";
  let watching: MoneyBooks[] | null = null;
  between.intercept = async (sent, pass) => {
    if (sent.method !== "POST") return pass();
    const now = weather;
    weather = "fair";
    const result = await interrupted(now, pass);
    watching?.push(await stack.control.books());
    return result;
  };

  async function send(
    url: string,
    secret: string,
    sent: { readonly body?: string; readonly headers?: Record<string, string> },
  ): Promise<HttpAnswer> {
    const headers = { authorization: `Bearer ${secret}`, ...sent.headers };
    const method = sent.body === undefined ? "GET" : "POST";
    const answer = await request(url, { method, headers, body: sent.body ?? null, dispatcher: agent });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === "" ? null : JSON.parse(text) };
  }
  const formBody = (form: Form, headers: Record<string, string> = {}) => ({
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });
  const admin = async (path: string, body?: unknown): Promise<HttpAnswer> => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return send(`${stack.url}/admin${path}`, stack.adminKey, {
      ...json,
      headers: { "content-type": "application/json" },
    });
  };
  const keys = await issueKeys(admin);
  return {
    stack,
    keyIds: keys.map(({ id }) => id),
    now: () => Date.now() + ahead,
    wait: async (ms) => {
      ahead += ms;
      stack.advance(ms);
      await stack.control.advance(ms);
    },
    restart: async () => {
      // A running proxy notes the time every hour; the days of a program pass faster than that.
      await fetch(`${stack.url}/readyz`);
      await stack.stopProxy();
      await stack.startProxy();
      await agent.destroy();
      agent = new Agent({ connections: 16 });
    },
    call: (key, path, form, headers) =>
      send(`${stack.url}${path}`, keys[key]?.secret ?? "", formBody(form, headers)),
    direct: (path, form) =>
      send(`${stack.emulator.url}${path}`, stack.credential, form === undefined ? {} : formBody(form)),
    admin,
    watchWrites: async (work) => {
      const between: MoneyBooks[] = [];
      watching = between;
      const result = await work();
      watching = null;
      return { result, between };
    },
    setWeather: async (next, operation) => {
      if (next === "error_before" || next === "error_after") {
        await stack.control.addFault({ kind: next, operation, times: 1 });
      } else weather = next;
    },
    clearWeather: async () => {
      weather = "fair";
      await stack.control.clearFaults();
    },
    [Symbol.asyncDispose]: async () => {
      await agent.destroy();
      await stack[Symbol.asyncDispose]();
    },
  };
}

const OPERATIONS = [
  "charges.*",
  "paymentIntents.*",
  "refunds.*",
  "invoices.*",
  "invoiceItems.*",
  "checkout.sessions.*",
  "paymentLinks.*",
  "subscriptions.*",
];

async function issueKeys(
  admin: Scene["admin"],
): Promise<readonly { readonly id: string; readonly secret: string }[]> {
  const made = async (path: string, body: object): Promise<any> => {
    const answer = await admin(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  for (const { name, capUsd, window, parent } of BUDGETS) {
    await made("/budgets", { name, usd_cap: capUsd, window, ...(parent === null ? {} : { parent }) });
  }
  const keys: { id: string; secret: string }[] = [];
  for (const { name, dailyUsdCap, budgets, policy } of KEYS) {
    const { id, vault_key: secret } = await made("/vault-keys", {
      name,
      vendor: "stripe",
      allowed_operations: OPERATIONS,
      expires_in_seconds: 366 * 86_400,
      // However often a link is paid: the price of one payment is what there is to count.
      assume_usd: { "paymentLinks.create": 9 },
      ...(dailyUsdCap === null ? {} : { daily_usd_cap: dailyUsdCap }),
      ...(budgets.length === 0 ? {} : { budgets }),
      ...policy,
    });
    keys.push({ id, secret });
  }
  return keys;
}
