import type { ObjectKind } from "../describe.ts";

export const REFUND: ObjectKind = {
  object: "refund",
  fields: [
    "id",
    "object",
    "amount",
    "charge",
    "created",
    "currency",
    "failure_reason",
    "metadata",
    "payment_intent",
    "reason",
    "status",
  ],
};
