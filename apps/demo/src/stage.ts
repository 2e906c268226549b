import type { AdminClient } from "@keybrake/core";
import { startProxy } from "@keybrake/proxy";
import { createLossyUpstream, type LossyUpstream } from "./lossy-upstream.ts";

/** Everything the scenes play on: Stripe (or its stand-in), the proxy in front of it, and their books. */
export interface Stage {
  readonly proxyUrl: string;
  readonly admin: AdminClient;
  /** `emulator`, or Stripe's test mode. */
  readonly stripeName: string;
  readonly upstream: LossyUpstream;
  /** What Stripe itself says, asked around the proxy with the real key. */
  readonly books: StripeBooks;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StripeBooks {
  newCustomer(name: string): Promise<string>;
  /** Charges that our vault keys made since the demo began, by Stripe's own account. */
  charges(): Promise<readonly StripeRecord[]>;
  refunds(): Promise<readonly StripeRecord[]>;
}

export interface StripeRecord {
  readonly id: string;
  readonly amount: number;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function stripeBooks(url: string, credential: string, since: number): StripeBooks {
  const ask = async (method: string, path: string, body?: string) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as { id: string; data: StripeRecord[]; has_more: boolean };
    if (!response.ok) throw new Error(`Stripe answered ${response.status} to ${method} ${path}`);
    return answer;
  };
  const all = async (resource: string) => {
    const records: StripeRecord[] = [];
    for (let after = ""; ; ) {
      const page = await ask("GET", `/v1/${resource}?limit=100&created[gte]=${since}${after}`);
      records.push(...page.data);
      const last = page.data.at(-1);
      if (!page.has_more || last === undefined) break;
      after = `&starting_after=${last.id}`;
    }
    return records.filter((record) => record.metadata.keybrake_key !== undefined);
  };
  return {
    newCustomer: async (name) => (await ask("POST", "/v1/customers", `name=${name}&source=tok_visa`)).id,
    charges: () => all("charges"),
    refunds: () => all("refunds"),
  };
}

/** The stand-in takes every test key. */
const ANY_TEST_KEY = "sk_test_demo";

/** Starts the proxy on a free port, with a store of its own; in front of the emulator, unless a test key is given. */
export async function openStage(options: {
  readonly stripeTestKey: string | undefined;
  readonly adminKey: string | undefined;
}): Promise<Stage> {
  const { stripeTestKey, adminKey } = options;
  const upstream = createLossyUpstream();
  const proxy = await startProxy({ stripeSecretKey: stripeTestKey, adminKey, upstream: upstream.open });
  const stripeUrl = proxy.emulator?.url ?? "https://api.stripe.com";
  const since = Math.floor(Date.now() / 1000) - 5;
  return {
    proxyUrl: proxy.url,
    admin: proxy.admin,
    stripeName: proxy.emulator === null ? "Stripe's test mode" : "the emulator",
    upstream,
    books: stripeBooks(stripeUrl, stripeTestKey ?? ANY_TEST_KEY, since),
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}
