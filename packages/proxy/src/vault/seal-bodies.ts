import { createHmac } from "node:crypto";
import { type Admission, type Ledger, LedgerError, type Settlement } from "@keybrake/ledger";
import { seal, unseal } from "./sealed-box.ts";

export interface BodySealing {
  /** 32 bytes: from the master key, so that a later start can open what an earlier one sealed. */
  readonly key: Uint8Array;
  readonly random: (length: number) => Uint8Array;
}

/**
 * The ledger, with the bodies that it keeps sealed before it sees them: a request that may have to be sent again, and
 * an answer that a repeat gets. They hold e-mail addresses, client secrets and whatever else a customer gave.
 *
 * Each call has a key of its own, so that no key seals more than a few bodies (random nonces bear 2^32 under one), and
 * a body that is moved to another call's row opens no more.
 */
export function sealBodies<P>(ledger: Ledger<P>, { key, random }: BodySealing): Ledger<P> {
  const keyOf = (callId: string) => createHmac("sha256", key).update(callId).digest();
  const close = (body: string, part: Part, callId: string) => seal(body, part, keyOf(callId), random);
  const open = (box: string, part: Part, callId: string) => unseal(box, part, keyOf(callId));

  async function opened(admission: Admission): Promise<Admission> {
    if (admission.kind === "resend") {
      const body = open(admission.body, "request", admission.callId);
      if (body !== null) return { ...admission, body };
      await ledger.settle(unsent(admission.callId));
      throw unreadable();
    }
    if (admission.kind !== "replay") return admission;
    const body = open(admission.answer.body, "answer", admission.callId);
    if (body === null) throw unreadable();
    return { ...admission, answer: { ...admission.answer, body } };
  }

  return {
    ...ledger,
    admit: async (request) => {
      const { facts, claim } = request;
      if (claim === null) return ledger.admit(request);
      const body = close(claim.body, "request", facts.callId);
      return opened(await ledger.admit({ ...request, claim: { ...claim, body } }));
    },
    settle: (settlement) => {
      const { callId, answer } = settlement;
      if (answer === null) return ledger.settle(settlement);
      const body = close(answer.body, "answer", callId);
      return ledger.settle({ ...settlement, answer: { ...answer, body } });
    },
    listUnresolved: async (request) => {
      const page = await ledger.listUnresolved(request);
      const data = page.data.map((unresolved) => {
        const { body, call } = unresolved;
        return { ...unresolved, body: body === null ? null : open(body, "request", call.callId) };
      });
      return { ...page, data };
    },
  };
}

/** What of a call is sealed: one cannot be passed off as the other. */
type Part = "request" | "answer";

function unreadable(): LedgerError {
  const message = "What was kept of this act was sealed with another master key. Start with the one it was.";
  return new LedgerError("store_corrupt", message);
}

/** The act is as unknown as before; nothing was sent. */
function unsent(callId: string): Settlement {
  return {
    by: { kind: "answer" },
    ...{ callId, at: 0, state: "unknown", usdMicros: 0, amountMinor: null, currency: null, code: null },
    ...{ totalOf: null, refused: false },
    ...{ status: null, upstreamRequestId: null, objectId: null, latencyMs: null, answer: null },
  };
}
