import { dropAction } from "../approvals.ts";
import type { ParameterSpec } from "../params.ts";
import type { Route } from "../route.ts";

/** Stripe's Approval Requests, a preview of its API's second version: read, and taken back by the asker. */
const PATH = "/v2/core/approval_requests";
const LISTED = 20;

const listParams = { limit: "integer", page: "string" } as const satisfies ParameterSpec;
const common = { permission: "rak_event_read", returns: "approval_request" } as const;

export const approvalRequestRoutes: readonly Route[] = [
  {
    ...common,
    method: "GET",
    path: PATH,
    operation: "v2.core.approvalRequests.list",
    params: listParams,
    prepare: (input) => {
      const limit = input.integer("limit") ?? LISTED;
      const startingAfter = input.string("page");
      return ({ state }) => {
        const page = state.approvalRequests.page({ limit, startingAfter });
        const next = page.hasMore ? `${PATH}?limit=${limit}&page=${page.data.at(-1)?.id}` : null;
        return { data: page.data, next_page_url: next, previous_page_url: null };
      };
    },
  },
  {
    ...common,
    method: "GET",
    path: `${PATH}/{id}`,
    operation: "v2.core.approvalRequests.retrieve",
    params: {},
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.approvalRequests.need(id, "id"),
  },
  {
    ...common,
    method: "POST",
    path: `${PATH}/{id}/cancel`,
    operation: "v2.core.approvalRequests.cancel",
    params: {},
    prepare: (_input, id) => (context) => dropAction(context, id, "canceled"),
  },
];
