import { sentAtOf } from "./plan-admission.ts";
import type { Admission, AdmitRequest } from "./requests.ts";

/** Which calls this ledger's callers are sending, and since when: an answer is of that sending and of no other. */
export interface Sendings {
  note(request: AdmitRequest, admission: Admission): void;
  /** Null for a call that nobody here is sending. */
  sentAt(callId: string): number | null;
  forget(callId: string): void;
}

export function createSendings(): Sendings {
  const sentAt = new Map<string, number>();
  return {
    note: (request, admission) => {
      if (admission.kind === "admitted") sentAt.set(request.facts.callId, sentAtOf(request));
      else if (admission.kind === "resend") sentAt.set(admission.callId, sentAtOf(request));
    },
    sentAt: (callId) => sentAt.get(callId) ?? null,
    forget: (callId) => sentAt.delete(callId),
  };
}
