import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { showEvent } from "../events.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import type { Input, ParameterSpec } from "../params.ts";
import type { Route } from "../route.ts";
import type { StoredEvent } from "../state.ts";

const listParams = {
  ...LIST_PARAMS,
  created: "range",
  delivery_success: "unsupported",
  type: "string",
  types: "strings",
} as const satisfies Record<keyof Stripe.EventListParams, unknown> & ParameterSpec;

/** `charge.*` and `charge.succeeded` alike. */
function matches(pattern: string, type: string): boolean {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function typeFilter(input: Input): ((event: StoredEvent) => boolean) | undefined {
  const type = input.string("type");
  const types = input.strings("types");
  if (type !== undefined && types !== undefined) {
    throw invalidRequest("You may only specify one of these parameters: type, types.", {
      param: "type",
      code: "parameters_exclusive",
    });
  }
  const patterns = types ?? (type === undefined ? undefined : [type]);
  return patterns && ((event) => patterns.some((pattern) => matches(pattern, event.type)));
}

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    operation: "events.list",
    permission: "rak_event_read",
    params: listParams,
    returns: "list:event",
    prepare: (input) => {
      const bounds = pageBounds(input);
      const where = every<StoredEvent>(createdFilter(input), typeFilter(input));
      return ({ state }) => listPage(state.events, { ...bounds, where, url: "/v1/events", show: showEvent });
    },
  },
  {
    method: "GET",
    path: "/v1/events/{id}",
    operation: "events.retrieve",
    permission: "rak_event_read",
    params: { expand: "expand" },
    returns: "event",
    prepare:
      (_input, id) =>
      ({ state }) =>
        showEvent(state.events.need(id, "id")),
  },
];
