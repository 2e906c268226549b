import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  claimed,
  counted,
  daily,
  facts,
  START,
  settlement,
  sharedBudget,
  vaultKey,
} from "./fixtures.ts";
import type { Books, Section } from "./section.ts";

/** A real and a simulate key on one budget of 2 USD, each with 1.50 USD of its own. */
async function makePair({ ledger }: Books): Promise<void> {
  await ledger.createBudget(sharedBudget("team", { capMicros: 2_000_000 }));
  const limits = { ownBudget: daily(1_500_000), budgets: ["team"] };
  await ledger.createVaultKey(vaultKey("real", limits));
  await ledger.createVaultKey(vaultKey("pretend", { ...limits, simulate: true }));
}

const REAL = { vaultKeyId: "real" };
const PRETEND = { vaultKeyId: "pretend", simulate: true };

export const separationSection: Section = (test) => {
  test("money played with is counted under the same cap, and takes nothing from real money", async (books) => {
    await makePair(books);
    const { ledger } = books;
    expect(await ledger.admit(admission("r1", REAL))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("p1", PRETEND))).toEqual({ kind: "admitted" });
    await ledger.settle(settlement("p1"));
    expect(await ledger.admit(admission("p2", { ...PRETEND, usdMicros: 500_001 }))).toMatchObject({
      cap: { budget: null, capMicros: 1_500_000, spentMicros: 1_000_000, heldMicros: 0 },
    });
    await ledger.createVaultKey(vaultKey("pretend too", { budgets: ["team"], simulate: true }));
    const third = { vaultKeyId: "pretend too", simulate: true, usdMicros: 1_000_001 };
    expect(await ledger.admit(admission("p3", third))).toMatchObject({
      cap: { budget: "team", capMicros: 2_000_000, spentMicros: 1_000_000, heldMicros: 0 },
    });
    // A budget shows real money; a simulate key what it has played with.
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({
      spentMicros: 0,
      heldMicros: 1_000_000,
      remainingMicros: 1_000_000,
    });
    expect(await ledger.getVaultKey("real", START)).toMatchObject({ heldMicros: 1_000_000, spentMicros: 0 });
    expect(await ledger.getVaultKey("pretend", START)).toMatchObject({
      heldMicros: 0,
      spentMicros: 1_000_000,
      remainingMicros: 500_000,
    });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a changed cap is obeyed by real and by simulate keys", async (books) => {
    await makePair(books);
    const { ledger } = books;
    const answers = await Promise.all([
      ledger.updateBudget("team", 0, START),
      ledger.admit(admission("r1", REAL)),
      ledger.admit(admission("p1", PRETEND)),
    ]);
    expect(answers).toMatchObject([
      { capMicros: 0 },
      { cap: { budget: "team" } },
      { cap: { budget: "team" } },
    ]);
  });

  test("an act played is none done: claims and objects of simulate keys are apart", async (books) => {
    await makePair(books);
    const { ledger } = books;
    const act = { claim: claim("act") };
    await ledger.admit(admission("p1", PRETEND, act));
    await ledger.settle(settlement("p1", { objectId: "ch_1" }));
    expect(await ledger.findClaim(claimed("act"))).toBeNull();
    expect(await ledger.findClaim(claimed("act", { simulate: true }))).toMatchObject({ callId: "p1" });
    expect(await ledger.admit(admission("r1", REAL, act))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("p2", PRETEND, act))).toMatchObject({ kind: "replay", callId: "p1" });
    expect(await ledger.countedMicros(counted("ch_1"))).toBe(0);
    expect(await ledger.countedMicros(counted("ch_1", { simulate: true }))).toBe(1_000_000);
  });

  test("claims and counted objects of one vendor or account are none of another's", async ({ ledger }) => {
    const places = [
      { vendor: "stripe", account: "default" },
      { vendor: "stripe", account: "eu" },
      { vendor: "twilio", account: "default" },
    ];
    for (const [index, place] of places.entries()) {
      await ledger.createVaultKey(vaultKey(`k${index}`, place));
      const call = { vaultKeyId: `k${index}`, ...place };
      expect(await ledger.admit(admission(`c${index}`, call, { claim: claim("act") }))).toEqual({
        kind: "admitted",
      });
      await ledger.settle(settlement(`c${index}`, { objectId: "obj", usdMicros: index + 1 }));
      expect(await ledger.getCall(`c${index}`)).toMatchObject(place);
    }
    for (const [index, place] of places.entries()) {
      expect(await ledger.findClaim(claimed("act", place))).toMatchObject({ callId: `c${index}` });
      expect(await ledger.countedMicros(counted("obj", place))).toBe(index + 1);
      const again = admission(
        `again${index}`,
        { vaultKeyId: `k${index}`, ...place },
        { claim: claim("act") },
      );
      expect(await ledger.admit(again)).toEqual({ kind: "replay", callId: `c${index}`, answer: ANSWER });
    }
    expect(await ledger.findClaim(claimed("act", { account: "elsewhere" }))).toBeNull();
  });

  test("a call under another vendor, account or mode than its key's is refused, and writes nothing", async (books) => {
    await makePair(books);
    const { ledger } = books;
    for (const changes of [{ vendor: "twilio" }, { account: "eu" }, { simulate: true }]) {
      const request = admission("one", { ...REAL, ...changes });
      await expect(ledger.admit(request)).rejects.toMatchObject({ code: "argument_invalid" });
      const { facts: wrong } = request;
      const row = { decision: "denied" as const, code: null, status: 403, latencyMs: 1 };
      const record = ledger.record({ facts: wrong, ...row, upstreamRequestId: null, objectId: null });
      await expect(record).rejects.toMatchObject({ code: "argument_invalid" });
    }
    expect(await ledger.getCall("one")).toBeNull();
    await ledger.admit(admission("one", REAL));
    expect(await ledger.getCall("one")).toMatchObject(facts("one", REAL));
  });
};
