import { randomBytes } from "node:crypto";
import type { Admission, AdmitRequest, Ledger, Settlement } from "@keybrake/ledger";
import { expect, test } from "vitest";
import { sealBodies } from "./seal-bodies.ts";

/** What the ledger behind was given, and what it answers next. */
function newLedger() {
  const given: { bodies: string[]; settled: Settlement[] } = { bodies: [], settled: [] };
  const next = { admission: { kind: "admitted" } as Admission };
  const ledger = {
    admit: async ({ claim }: AdmitRequest) => {
      if (claim?.body != null) given.bodies.push(claim.body);
      return next.admission;
    },
    settle: async (settlement: Settlement) => void given.settled.push(settlement),
  } as unknown as Ledger;
  return { ledger, given, next };
}

const asked = (callId: string, body: string) =>
  ({ facts: { callId }, claim: { body }, approval: null }) as AdmitRequest;
const ended = (callId: string, body: string) =>
  ({ callId, answer: { status: 200, headers: {}, body } }) as Settlement;

test("the ledger sees neither request nor answer, and gives both back to who has the key", async () => {
  const { ledger, given, next } = newLedger();
  const key = randomBytes(32);
  const sealed = sealBodies(ledger, { key, random: randomBytes });
  await sealed.admit(asked("call_1", "the request"));
  await sealed.settle(ended("call_1", "the answer"));
  const [body = ""] = given.bodies;
  const box = given.settled[0]?.answer?.body ?? "";
  for (const text of [body, box])
    expect(Buffer.from(text.replace(/^.*[.]/, ""), "base64").toString("latin1")).not.toMatch(/the /);
  const again = sealBodies(ledger, { key, random: randomBytes });
  next.admission = { kind: "resend", callId: "call_1", body, upstreamIdempotencyKey: "k" };
  expect(await again.admit(asked("call_2", "x"))).toMatchObject({ kind: "resend", body: "the request" });
  next.admission = { kind: "replay", callId: "call_1", answer: { status: 200, headers: {}, body: box } };
  expect(await again.admit(asked("call_3", "x"))).toMatchObject({ answer: { body: "the answer" } });
});

test("with another key, or from another call's row, nothing is sent, and the act stays unknown", async () => {
  const { ledger, given, next } = newLedger();
  const key = randomBytes(32);
  await sealBodies(ledger, { key, random: randomBytes }).admit(asked("call_1", "the request"));
  const [body = ""] = given.bodies;
  const cases = [
    [key, "call_other"],
    [randomBytes(32), "call_1"],
  ] as const;
  for (const [opening, callId] of cases) {
    next.admission = { kind: "resend", callId, body, upstreamIdempotencyKey: "k" };
    const admitted = sealBodies(ledger, { key: opening, random: randomBytes }).admit(asked("call_2", "x"));
    await expect(admitted).rejects.toMatchObject({ code: "store_corrupt" });
    expect(given.settled.at(-1)).toMatchObject({ callId, state: "unknown", answer: null });
  }
});

test("a card that was sealed with another master key hides no other", async () => {
  const sealedBy = (key: Uint8Array, data: readonly object[]) =>
    sealBodies({ listApprovals: async () => ({ data, nextCursor: null }) } as unknown as Ledger, {
      key,
      random: randomBytes,
    });
  const given: { approvalId: string; content: string }[] = [];
  const admit = async ({ approval }: AdmitRequest) => {
    if (approval !== null) given.push(approval);
    return { kind: "admitted" } as Admission;
  };
  const keys = [randomBytes(32), randomBytes(32)];
  for (const [index, key] of keys.entries()) {
    const approval = { approvalId: `apr_${index}`, content: "the arguments" };
    await sealBodies({ admit } as unknown as Ledger, { key, random: randomBytes }).admit({
      ...{ facts: { callId: "call_1" }, claim: null, approval },
    } as AdmitRequest);
  }
  expect(JSON.stringify(given)).not.toContain("the arguments");
  const { data } = await sealedBy(keys[0] ?? randomBytes(32), given).listApprovals({}, { limit: 10 }, 0);
  expect(data.map(({ content }) => content)).toEqual(["the arguments", ""]);
  const moved = given.map(({ content }) => ({ approvalId: "apr_1", content }));
  const shown = await sealedBy(keys[0] ?? randomBytes(32), moved).listApprovals({}, { limit: 10 }, 0);
  expect(shown.data.map(({ content }) => content)).toEqual(["", ""]);
});
