import { type CheckResult, Group } from "./check.ts";
import { type Bench, checkKey, checkMadeKey, type ExpectedKey } from "./key-checks.ts";
import { checkProxy, type ProxyUnderTest } from "./proxy-checks.ts";

/**
 * Checks a running proxy and the keys that its users hold. Nothing reaches the vendor: what a key may do is asked of a
 * key that simulates, with the same policy. Leaves rows and revoked keys behind, all named `verify`.
 */
export async function runVerify(
  proxy: ProxyUnderTest,
  keys: readonly ExpectedKey[],
  { clock, sleep }: { readonly clock: () => number; readonly sleep: Bench["sleep"] },
): Promise<readonly CheckResult[]> {
  const ofProxy = new Group(`proxy ${proxy.proxyUrl}`, clock);
  const opens = await checkProxy(proxy, ofProxy);
  const bench = { admin: proxy.admin, prober: proxy.prober, sleep };
  const made = new Group("a billing key made for this", clock);
  if (!opens) {
    made.skip("everything", "the admin API did not open");
    return [...ofProxy.results, ...made.results];
  }
  await checkMadeKey(bench, made);
  const groups: Group[] = [];
  const earlier = new Map<string, string>();
  for (const key of keys) {
    const group = new Group(`${key.variable} (${key.role})`, clock);
    groups.push(group);
    await checkKey(bench, group, key, earlier);
  }
  return [ofProxy, made, ...groups].flatMap(({ results }) => results);
}
