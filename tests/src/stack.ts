import { randomBytes } from "node:crypto";
import { type Stack as BareStack, type StackOptions, startStack as startBareStack } from "@keybrake/contract";
import Stripe from "stripe";

/** The stack of the contract, spoken to over plain HTTP and with the official client. */
export interface Stack
  extends Pick<
    BareStack,
    | "url"
    | "port"
    | "adminKey"
    | "emulator"
    | "control"
    | "ledger"
    | "logLines"
    | "advance"
    | "stopProxy"
    | "startProxy"
  > {
  /** `fetch` of the admin API, with the admin key. */
  admin(path: string, init?: { method?: string; body?: unknown }): Promise<{ status: number; body: any }>;
  /** Issues a vault key; a $100 billing key unless said otherwise. */
  issue(policy?: Record<string, unknown>): Promise<IssuedKey>;
  /** The official client, unmodified, with a vault key as its API key. */
  stripe(vaultKey: string, config?: ConstructorParameters<typeof Stripe>[1]): Stripe;
  /** A plain request, as any HTTP client makes it. */
  call(vaultKey: string, method: string, path: string, options?: CallOptions): Promise<CallAnswer>;
  /** Newest first; `query` begins with `&`. */
  auditRows(query?: string): Promise<AuditRow[]>;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

export interface IssuedKey {
  readonly id: string;
  readonly vault_key: string;
}

export interface CallOptions {
  readonly form?: Record<string, string | number>;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export type AuditRow = Record<string, any>;

export type { StackOptions };

export const UPSTREAM_KEY = "sk_test_keybrake0upstream0credential";

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const bare = await startBareStack({ credential: UPSTREAM_KEY, ...options });
  const { url, port, adminKey, emulator, control, ledger, logLines, advance, stopProxy, startProxy } = bare;

  async function admin(path: string, init: { method?: string; body?: unknown } = {}) {
    const response = await fetch(`${url}/admin${path}`, {
      method: init.method ?? "GET",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    return { status: response.status, body: (await response.json()) as any };
  }

  return {
    url,
    port,
    adminKey,
    emulator,
    control,
    ledger,
    logLines,
    advance,
    stopProxy,
    startProxy,
    admin,
    async issue(policy = { role: "billing", daily_usd_cap: 100 }) {
      const { status, body } = await admin("/vault-keys", {
        method: "POST",
        body: { name: "test", vendor: "stripe", ...policy },
      });
      if (status !== 201) throw new Error(`issue: ${status} ${JSON.stringify(body)}`);
      return body as IssuedKey;
    },
    stripe: (vaultKey, config) =>
      new Stripe(vaultKey, { host: "127.0.0.1", port, protocol: "http", ...config }),
    async call(vaultKey, method, path, { form, json, headers = {}, signal } = {}) {
      const body =
        form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : formText(form);
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${vaultKey}`,
          ...(json === undefined ? {} : { "content-type": "application/json" }),
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? null : JSON.parse(text),
      };
    },
    async auditRows(query = "") {
      const rows: AuditRow[] = [];
      let cursor: string | null = null;
      do {
        const page: { body: any } = await admin(
          `/audit?limit=1000${cursor === null ? "" : `&cursor=${cursor}`}${query}`,
        );
        rows.push(...page.body.data);
        cursor = page.body.next_cursor;
      } while (cursor !== null);
      return rows;
    },
    [Symbol.asyncDispose]: () => bare[Symbol.asyncDispose](),
  };
}

/** A key and the headers of an act, in front of an emulator that remembers nothing. */
export interface NewAct {
  readonly key: IssuedKey;
  /** The act's own: all vault keys of one Stripe account share the names of their acts. */
  readonly same: { readonly "idempotency-key": string };
}

/** Before a test that loses answers: what other tests did and arranged is forgotten. */
export async function newAct(stack: Stack, policy: Record<string, unknown> = {}): Promise<NewAct> {
  await stack.control.reset();
  await stack.control.clearFaults();
  const key = await stack.issue({ role: "billing", daily_usd_cap: 100, ...policy });
  return { key, same: { "idempotency-key": `act-${randomBytes(12).toString("hex")}` } };
}

function formText(form: Record<string, string | number>): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) text.set(name, String(value));
  return text.toString();
}

/** A charge by form, with its own Idempotency-Key unless one is given. */
export function charge(
  stack: Stack,
  vaultKey: string,
  form: Record<string, string | number> = {},
  headers: Record<string, string> = {},
): Promise<CallAnswer> {
  return stack.call(vaultKey, "POST", "/v1/charges", {
    form: { amount: 100, currency: "usd", source: "tok_visa", ...form },
    headers: { "idempotency-key": randomBytes(12).toString("hex"), ...headers },
  });
}
