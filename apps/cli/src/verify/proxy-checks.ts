import { randomBytes } from "node:crypto";
import type { AdminClient } from "@keybrake/core";
import type { Finding, Group } from "./check.ts";
import { type Prober, said } from "./probe.ts";

const CHARGES = { method: "GET", path: "/v1/charges" } as const;

/** Made up, so that it is nobody's. */
const madeUp = (prefix: string) => `${prefix}${randomBytes(32).toString("base64url")}`;

export interface ReachableProxy {
  readonly proxyUrl: string;
  readonly admin: AdminClient;
  readonly fetch: typeof fetch;
}

export interface ProxyUnderTest extends ReachableProxy {
  readonly prober: Prober;
}

async function health({ proxyUrl, fetch }: ReachableProxy, path: string): Promise<Response> {
  return fetch(`${proxyUrl}${path}`, { redirect: "manual" });
}

/** That nobody gets in who should not. `key`: what is sent, null for nothing. */
async function refuses({ prober }: ProxyUnderTest, key: string | null): Promise<Finding> {
  const answer = await prober.probe(key, CHARGES);
  if (answer.status === 401 && answer.code === "invalid_vault_key") return null;
  // So many have come from this address that the next is not looked at: it is refused all the same.
  if (answer.status === 429 && answer.code === "too_many_invalid_keys") return null;
  return `it was answered ${said(answer)}; 401 invalid_vault_key is right`;
}

/** True when the rest can be asked: a proxy answers, and the admin key opens it. */
export async function checkReachable(proxy: ReachableProxy, group: Group): Promise<boolean> {
  const answers = await group.check("a Keybrake proxy answers", async () => {
    const response = await health(proxy, "/healthz");
    const isOurs = response.ok && !response.headers.has("x-keybrake-emulator");
    return isOurs ? null : `what answers at ${proxy.proxyUrl} is no Keybrake proxy: HTTP ${response.status}`;
  });
  if (!answers) return false;
  await group.check("it is ready: its store takes writes", async () => {
    const { status } = await health(proxy, "/readyz");
    return status === 200 ? null : `/readyz answers ${status}`;
  });
  return group.check("the admin key opens the admin API", async () => {
    await proxy.admin.vaultKeys.list({ limit: 1 });
    return null;
  });
}

/** As `checkReachable`, and that nobody gets in who should not. */
export async function checkProxy(proxy: ProxyUnderTest, group: Group): Promise<boolean> {
  const opens = await checkReachable(proxy, group);
  // Of what is no proxy, no more can be said.
  if (group.results[0]?.result !== "passed") return false;
  await group.check("the admin API is closed without it", async () => {
    const { status } = await health(proxy, "/admin/vault-keys");
    return status === 401 ? null : `it was answered HTTP ${status}`;
  });
  await group.check("a call without a key is refused", () => refuses(proxy, null));
  await group.check("a raw Stripe key is refused", () => refuses(proxy, madeUp("sk_test_")));
  await group.check("a raw live key is refused", () => refuses(proxy, madeUp("sk_live_")));
  await group.check("a vault key of nobody's is refused", () => refuses(proxy, madeUp("vk_test_")));
  return opens;
}
