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
      await expect
        .poll(() => tally(flood.wires), { timeout: LIMITS.bodyMs + PROMPT_MS })
        .toEqual({ 408: share, 503: count - share });
      const rows = await stack.auditRows(`&vault_key_id=${hostile.id}`);
      expect(rows).toHaveLength(count);
      expect(new Set(rows.map(({ code, decision }) => `${decision} ${code}`))).toEqual(
        new Set(["denied body_late", "denied overloaded"]),
      );
      // Its share is free again.
      expect((await charge(stack, hostile.vault_key)).status).toBe(200);
    },
  );
});
