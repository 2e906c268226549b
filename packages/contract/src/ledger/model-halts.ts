import { DAILY_WINDOW_MS, type Ledger, type Stop } from "@keybrake/ledger";
import fc from "fast-check";
import { expect } from "vitest";
import { hashOf } from "./fixtures.ts";
import type { SimpleCaller } from "./simple-halts.ts";
import type { SimpleLedger } from "./simple-ledger.ts";

/** What ends the use of keys in a random history, for good, for a while or for some. */
export type HaltStep = { readonly elapsedMs: number } & (
  | { readonly do: "revoke" | "pause" | "resume"; readonly key: number }
  | { readonly do: "stop"; readonly names: number; readonly key: number }
  | { readonly do: "lift"; readonly pick: number }
  | { readonly do: "rotate"; readonly key: number; readonly overlapMs: number }
);

/** Halts are seldom, and most of them end, so that most calls meet none. */
export function haltSteps(elapsedMs: fc.Arbitrary<number>, keys: number): fc.WeightedArbitrary<HaltStep>[] {
  const key = fc.nat(keys - 1);
  const one = (weight: number, name: "revoke" | "pause" | "resume") => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(name), elapsedMs, key }),
  });
  return [
    one(1, "revoke"),
    one(1, "pause"),
    one(2, "resume"),
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("stop" as const), elapsedMs, names: fc.nat(3), key }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("lift" as const), elapsedMs, pick: fc.nat(10) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        ...{ do: fc.constant("rotate" as const), elapsedMs, key },
        overlapMs: fc.constantFrom(0, 1, 60_000, DAILY_WINDOW_MS),
      }),
    },
  ];
}

interface Play {
  readonly ledger: Ledger;
  readonly model: SimpleLedger;
  /** Names what belongs to the history: stops stand for all of them. */
  readonly prefix: string;
}

/** Who says a call: one of three agents, by the newest secret of the key, the one before, or one that was never any. */
export function callerOf(
  { model, prefix }: Omit<Play, "ledger">,
  vaultKeyId: string,
  { agent, secret }: { readonly agent: number; readonly secret: number },
): SimpleCaller {
  const { newest, previous } = model.halts.secretsOf(model.key(vaultKeyId));
  return {
    role: `${prefix} role`,
    agent: agent === 0 ? null : `${prefix} agent ${agent}`,
    labels: { history: prefix, ...(agent === 2 ? { more: "x" } : {}) },
    keyHash: [newest, previous ?? newest, hashOf("nobody")][secret] ?? newest,
  };
}

/** Some of a history, or all of it; and one that it has no call for. */
function stopOf({ prefix, model }: Play, { names, key }: { readonly names: number; readonly key: number }) {
  const kinds: Partial<Stop>[] = [
    { agent: `${prefix} agent 1`, vaultKeyIds: [model.keys[key]?.id ?? ""] },
    { labels: { history: prefix } },
    { role: `${prefix} role`, labels: { more: "x" } },
    { role: `${prefix} other role`, labels: { history: prefix } },
  ];
  return { role: null, agent: null, labels: {}, vaultKeyIds: [], reason: null, ...kinds[names] };
}

export async function applyHalt(play: Play, step: HaltStep, at: number, index: number): Promise<void> {
  const { ledger, model, prefix } = play;
  const { halts } = model;
  switch (step.do) {
    case "revoke":
    case "pause":
    case "resume": {
      const id = model.keys[step.key]?.id ?? "";
      if (step.do === "revoke") halts.revoked.add((await ledger.revokeVaultKey(id, at))?.id ?? "");
      else if (step.do === "pause") halts.paused.add((await ledger.pauseVaultKey(id, at))?.id ?? "");
      else halts.paused.delete((await ledger.resumeVaultKey(id))?.id ?? "");
      return;
    }
    case "stop": {
      const stop: Stop = { id: `${prefix} stop ${index}`, at, ...stopOf(play, step) };
      halts.stop(stop);
      const { role, agent, labels } = stop;
      const standing = halts.stops.find(
        (made) => made.role === role && made.agent === agent && same(made, labels),
      );
      expect(await ledger.stop(stop)).toEqual(standing);
      return;
    }
    case "lift":
      return lift(play, halts.stops[step.pick % Math.max(1, halts.stops.length)]);
    case "rotate": {
      const key = model.keys[step.key];
      if (key === undefined) return;
      const hash = hashOf(`${key.id}/${index}`);
      const ended = halts.revoked.has(key.id) || model.now >= key.expiresAt;
      const rotated = await ledger.rotateVaultKey(key.id, { hash, previousEndsAt: at + step.overlapMs });
      expect(rotated === "ended").toBe(ended);
      if (!ended) halts.rotate(key, hash, at + step.overlapMs);
    }
  }
}

function same({ labels }: Stop, others: Stop["labels"]): boolean {
  return JSON.stringify(Object.entries(labels).sort()) === JSON.stringify(Object.entries(others).sort());
}

async function lift({ ledger, model }: Play, stop: Stop | undefined): Promise<void> {
  if (stop === undefined) return;
  expect(await ledger.liftStop(stop.id)).toMatchObject({ id: stop.id });
  model.halts.lift(stop.id);
}

/** At the end of a history: stops would stand in all that come after it. */
export async function liftAll(play: Play): Promise<void> {
  for (const stop of play.model.halts.stops) await lift(play, stop);
}
