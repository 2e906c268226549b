import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import {
  type Admission,
  type Approval,
  type ApprovalRequest,
  type FirstCall,
  type Ledger,
  LedgerError,
  type Settlement,
} from "@keybrake/ledger";
import { seal, unseal } from "./sealed-box.ts";

export interface BodySealing {
  /** 32 bytes: from the vault, so that a later start can open what an earlier one sealed. */
  readonly key: Uint8Array;
  readonly random: (length: number) => Uint8Array;
}

/** Stands before each box: which of the keys that are made from the master key opens it. */
const SALT_BYTES = 16;
/** Random nonces bear 2^32 bodies under one key (NIST SP 800-38D, 8.3); far fewer are sealed with each. */
const BODIES_PER_KEY = 2 ** 24;
/** Keys of earlier starts that are kept ready: a body is opened for as long as its act is remembered. */
const KEYS_KEPT = 64;

/**
 * The ledger, with the bodies that it keeps sealed before it sees them: a request that may have to be sent again, and
 * an answer that a repeat gets, and what a person is asked. They hold e-mail addresses, client secrets and whatever else a customer gave.
 *
 * A start seals with a key of its own. The call's id is authenticated with each body, so that one that is moved to
 * another call's row opens no more.
 */
export function sealBodies<P>(ledger: Ledger<P>, sealing: BodySealing): Ledger<P> {
  const box = newBodyBox(sealing);
  const close = (body: string, part: Part, callId: string) => box.close(body, `${part}:${callId}`);
  const open = (sealed: string, part: Part, callId: string) => box.open(sealed, `${part}:${callId}`);

  async function opened(admission: Admission): Promise<Admission> {
    if (admission.kind === "resend") {
      const body = open(admission.body, "request", admission.callId);
      if (body !== null) return { ...admission, body };
      await ledger.settle(unsent(admission.callId));
      throw unreadable();
    }
    if (admission.kind === "refused") return { ...admission, first: openedFirst(admission.first) };
    if (admission.kind !== "replay") return admission;
    const body = open(admission.answer.body, "answer", admission.callId);
    if (body === null) throw unreadable();
    return { ...admission, answer: { ...admission.answer, body } };
  }

  /** The refusal stands whatever the first call was answered: one that opens no more is as good as none. */
  function openedFirst(first: FirstCall | null): FirstCall | null {
    if (first === null || first.answer === null) return first;
    const body = open(first.answer.body, "answer", first.callId);
    return { ...first, answer: body === null ? null : { ...first.answer, body } };
  }

  return {
    ...ledger,
    ...openApprovals(ledger, box),
    admit: async (asked) => {
      const { facts, claim, approval } = asked;
      const request =
        approval === null
          ? asked
          : { ...asked, approval: { ...approval, content: sealContent(box, approval) } };
      if (claim === null || claim.body === null) return opened(await ledger.admit(request));
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

type BodyBox = ReturnType<typeof newBodyBox>;

/** What a person is asked, by its own id: no card shows what belongs to another. */
function sealContent(box: BodyBox, { approvalId, content }: ApprovalRequest): string {
  return box.close(content, `approval:${approvalId}`);
}

function openApprovals<P>(
  ledger: Ledger<P>,
  box: BodyBox,
): Pick<Ledger<P>, "getApproval" | "listApprovals" | "answerApproval"> {
  function opened(approval: Approval): Approval {
    const content = box.open(approval.content, `approval:${approval.approvalId}`);
    // One card that opens no more hides no other.
    return { ...approval, content: content ?? "" };
  }
  return {
    getApproval: async (approvalId) => {
      const approval = await ledger.getApproval(approvalId);
      return approval === null ? null : opened(approval);
    },
    listApprovals: async (filter, request, now) => {
      const page = await ledger.listApprovals(filter, request, now);
      return { ...page, data: page.data.map(opened) };
    },
    answerApproval: async (answer) => {
      const answered = await ledger.answerApproval(answer);
      return answered.kind === "not_found" ? answered : { ...answered, approval: opened(answered.approval) };
    },
  };
}

/** What of a call is sealed: one cannot be passed off as the other. */
type Part = "request" | "answer";

function newBodyBox({ key, random }: BodySealing) {
  const keys = new Map<string, KeyObject>();
  const keyOf = (salt: string): KeyObject => {
    const known = keys.get(salt);
    if (known !== undefined) return known;
    if (keys.size >= KEYS_KEPT) keys.clear();
    // As an object: Node takes twenty times as long to make a cipher from bytes.
    const made = createSecretKey(createHmac("sha256", key).update(salt, "base64").digest());
    keys.set(salt, made);
    return made;
  };
  let salt = "";
  let sealed = BODIES_PER_KEY;
  return {
    close(body: string, what: string): string {
      if (sealed === BODIES_PER_KEY) {
        salt = Buffer.from(random(SALT_BYTES)).toString("base64");
        sealed = 0;
      }
      sealed += 1;
      return `${salt}.${seal(body, what, keyOf(salt), random)}`;
    },
    /** Null when the body was sealed with another master key, for another call or part, or was changed. */
    open(box: string, what: string): string | null {
      const [of = "", text = ""] = box.split(".");
      return unseal(text, what, keyOf(of));
    },
  };
}

function unreadable(): LedgerError {
  const message =
    "What was kept of this act was sealed by another vault, such as one that was moved away. Put that back.";
  return new LedgerError("store_corrupt", message);
}

/** The act is as unknown as before; nothing was sent. */
function unsent(callId: string): Settlement {
  return {
    by: { kind: "answer" },
    ...{ callId, at: 0, state: "unknown", usdMicros: 0, amountMinor: null, currency: null, code: null },
    ...{ totalOf: null, undoes: null, refused: false },
    ...{ status: null, upstreamRequestId: null, objectId: null, latencyMs: null, answer: null },
  };
}
