import type Stripe from "stripe";
import { endDispute } from "../disputes.ts";
import { invalidRequest } from "../errors.ts";
import type { FormHash } from "../form.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Input, ParameterSpec } from "../params.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const updateParams = {
  evidence: "hash",
  expand: "expand",
  intended_submission_method: ["manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"],
  metadata: "metadata",
  submit: "boolean",
} as const satisfies Record<keyof Stripe.DisputeUpdateParams, unknown> & ParameterSpec;

const listParams = {
  ...LIST_PARAMS,
  charge: "string",
  created: "range",
  payment_intent: "string",
} as const satisfies Record<keyof Stripe.DisputeListParams, unknown> & ParameterSpec;

function mergeEvidence(dispute: Stripe.Dispute, given: FormHash): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(dispute.evidence, name));
  if (unknown !== undefined) {
    const param = `evidence[${unknown}]`;
    throw invalidRequest(`Received unknown parameter: ${param}`, { param, code: "parameter_unknown" });
  }
  dispute.evidence = { ...dispute.evidence, ...given };
  dispute.evidence_details.has_evidence = true;
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Dispute {
  return ({ state }) => {
    const dispute = state.disputes.need(id, "id");
    if (dispute.status === "won" || dispute.status === "lost") {
      throw invalidRequest("This dispute is already closed.");
    }
    const evidence = input.hash("evidence");
    if (evidence) mergeEvidence(dispute, evidence);
    dispute.metadata = mergeMetadata(dispute.metadata, input.metadata());
    // Evidence is submitted unless the caller says it is only staged.
    if (evidence && input.boolean("submit") !== false) {
      dispute.evidence_details.submission_count += 1;
      dispute.status = "under_review";
    }
    return dispute;
  };
}

function prepareClose(_input: Input, id: string): (context: Context) => Stripe.Dispute {
  return (context) => {
    const dispute = context.state.disputes.need(id, "id");
    endDispute(context, dispute, "lost");
    return dispute;
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const charge = input.string("charge");
  const intent = input.string("payment_intent");
  const where = every<Stripe.Dispute>(
    createdFilter(input),
    charge === undefined ? undefined : (dispute) => idOf(dispute.charge) === charge,
    intent === undefined ? undefined : (dispute) => idOf(dispute.payment_intent) === intent,
  );
  return ({ state }) => listPage(state.disputes, { ...bounds, where, url: "/v1/disputes" });
}

const write = { method: "POST", permission: "rak_dispute_write", returns: "dispute" } as const;
const read = { method: "GET", permission: "rak_dispute_read" } as const;

export const disputeRoutes: readonly Route[] = [
  {
    ...read,
    path: "/v1/disputes",
    operation: "disputes.list",
    params: listParams,
    returns: "list:dispute",
    prepare: prepareList,
  },
  {
    ...read,
    path: "/v1/disputes/{id}",
    operation: "disputes.retrieve",
    params: { expand: "expand" },
    returns: "dispute",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.disputes.need(id, "id"),
  },
  {
    ...write,
    path: "/v1/disputes/{id}",
    operation: "disputes.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    path: "/v1/disputes/{id}/close",
    operation: "disputes.close",
    params: { expand: "expand" },
    prepare: prepareClose,
  },
];
