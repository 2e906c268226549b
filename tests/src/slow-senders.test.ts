import { LIMITS } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";
import { bearer, openWire, PROMPT_MS, post, statuses, UNKNOWN_KEY, type Wire } from "./wire.ts";

/** Thousands of connections take their time on a busy machine. */
const FLOOD = { timeout: 90_000 };

/** Many connections that promise a body and send it byte by byte, until disposed. */
async function drip(port: number, count: number, headers: () => string) {
  const wires: Wire[] = [];
  for (let opened = 0; opened < count; opened += 256) {
    const some = Array.from({ length: Math.min(256, count - opened) }, () => openWire(port));
    wires.push(...(await Promise.all(some)));
  }
  for (const wire of wires) wire.send(headers());
  const timer = setInterval(() => {
    for (const wire of wires) wire.send("a");
  }, 500);
  const stop = () => {
    clearInterval(timer);
    for (const { socket } of wires) socket.destroy();
  };
  return { wires, [Symbol.dispose]: stop };
}

const tally = (wires: readonly Wire[]) => {
  const counts: Record<string, number> = {};
  for (const wire of wires) {
    const status = statuses(wire.received())[0] ?? "none";
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};

describe("a flood of slow senders", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test(
    "without a key: each is answered at once, and an agent is served as if they were not there",
    FLOOD,
    async () => {
      const agent = await stack.issue();
      const count = LIMITS.callsInFlight + 100;
      using flood = await drip(stack.port, count, () => post(bearer(UNKNOWN_KEY), "content-length: 100000"));
      expect((await charge(stack, agent.vault_key)).status).toBe(200);
      await expect
        .poll(() => tally(flood.wires), { timeout: PROMPT_MS })
        .toEqual({ 401: LIMITS.unauthenticatedPerMinute, 429: count - LIMITS.unauthenticatedPerMinute });
      await expect
        .poll(() => flood.wires.filter((wire) => !wire.ended()).length, {
          timeout: LIMITS.lingerMs + PROMPT_MS,
        })
        .toBe(0);
      expect(await stack.auditRows()).toHaveLength(1);
    },
  );

  test(
    "with one valid key: it takes its share and no more, and what never comes is refused",
    FLOOD,
    async () => {
      const hostile = await stack.issue();
      const agent = await stack.issue();
      const count = LIMITS.callsInFlight + 100;
      const share = LIMITS.callsInFlightPerKey;
      using flood = await drip(stack.port, count, () =>
        post(bearer(hostile.vault_key), "content-length: 100000"),
      );
      expect((await charge(stack, agent.vault_key)).status).toBe(200);
      // Beyond its refusals of the minute they are not even told that it has no place left.
      await expect
        .poll(() => tally(flood.wires), { timeout: LIMITS.bodyMs + PROMPT_MS })
        .toEqual({ 408: share, 429: expect.any(Number), 503: expect.any(Number) });
      const { 429: limited = 0, 503: overloaded = 0 } = tally(flood.wires);
      expect(limited + overloaded).toBe(count - share);
      expect(overloaded).toBeGreaterThanOrEqual(LIMITS.refusalsPerMinute);
      // Its share is free again, in the next minute.
      stack.advance(60_000);
      expect((await charge(stack, hostile.vault_key)).status).toBe(200);
      // What is counted is written when the proxy stops, if the minute has not ended by then.
      await stack.stopProxy();
      await stack.startProxy();
      const rows = await stack.auditRows(`&vault_key_id=${hostile.id}&decision=denied`);
      expect(rows.length).toBeLessThan(count);
      const counted = { body_late: 0, overloaded: 0, refusals_limited: 0 };
      for (const { code, times } of rows) counted[code as keyof typeof counted] += times;
      expect(counted).toEqual({ body_late: share, overloaded, refusals_limited: limited });
    },
  );
});
