import { createUndiciUpstream, LIMITS, type Upstream } from "@keybrake/proxy";
import { expect, test } from "vitest";
import { charge, startStack } from "./stack.ts";

/*
 * Before: 256 slow calls of one key took all sockets to the vendor, and another key's charge waited for one of them:
 * 14.6 s instead of 41 ms.
 */

/** As many calls at once as there are sockets; lists of customers keep theirs until they are released. */
function slowUpstream(origin: string) {
  const real = createUndiciUpstream(origin);
  const released = Promise.withResolvers<void>();
  let used = 0;
  const upstream: Upstream = {
    async send(request) {
      while (used >= LIMITS.upstreamConnections) await released.promise;
      used += 1;
      if (request.path.startsWith("/v1/customers")) await released.promise;
      return real.send(request).finally(() => {
        used -= 1;
      });
    },
    close: () => real.close(),
  };
  return { upstream, release: released.resolve, used: () => used };
}

test("slow calls of one key, more than there are sockets, do not delay another's charge", {
  timeout: 120_000,
}, async () => {
  let slow: ReturnType<typeof slowUpstream> | undefined;
  await using stack = await startStack({
    upstream: (origin) => {
      slow = slowUpstream(origin);
      return slow.upstream;
    },
  });
  const greedy = await stack.issue({ allowed_operations: ["customers.list"], daily_usd_cap: 0 });
  const other = await stack.issue();
  const calls = Array.from({ length: 300 }, async () => {
    const { status } = await stack.call(greedy.vault_key, "GET", "/v1/customers");
    return status;
  });
  const inFlight = async () => {
    const metrics = await (await fetch(`${stack.url}/metrics`)).text();
    return Number(/^keybrake_calls_in_flight (\d+)$/m.exec(metrics)?.[1]);
  };
  while ((await inFlight()) < calls.length) await new Promise((resolve) => setTimeout(resolve, 20));
  // None of the others is released before it is answered.
  expect((await charge(stack, other.vault_key)).status).toBe(200);
  expect(slow?.used()).toBeLessThanOrEqual(LIMITS.upstreamConnections / 2);
  slow?.release();
  expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
});
