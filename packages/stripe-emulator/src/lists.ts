import type { Collection, PageRequest } from "./collection.ts";
import { invalidRequest } from "./errors.ts";
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "./limits.ts";
import type { Input, ParameterSpec } from "./params.ts";

/** The parameters that every list has. */
export const LIST_PARAMS = {
  limit: "integer",
  starting_after: "string",
  ending_before: "string",
  expand: "expand",
} as const satisfies ParameterSpec;

/** The cursor and size of a page; 400 when they are out of bounds or contradict each other. */
export function pageBounds(
  input: Input,
): Pick<PageRequest<never>, "limit" | "startingAfter" | "endingBefore"> {
  const limit = input.integer("limit") ?? PAGE_LIMIT_DEFAULT;
  if (limit < 1 || limit > PAGE_LIMIT_MAX) {
    const bound = limit < 1 ? "greater than or equal to 1" : `less than or equal to ${PAGE_LIMIT_MAX}`;
    throw invalidRequest(`This value must be ${bound}.`, {
      param: "limit",
      code: "parameter_invalid_integer",
    });
  }
  const startingAfter = input.string("starting_after");
  const endingBefore = input.string("ending_before");
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidRequest("You may only specify one of these parameters: starting_after, ending_before.", {
      param: "starting_after",
      code: "parameters_exclusive",
    });
  }
  return { limit, startingAfter, endingBefore };
}

/** A filter by `created`, or undefined when there is none. */
export function createdFilter(input: Input): ((value: { readonly created: number }) => boolean) | undefined {
  const range = input.range("created");
  if (range === undefined) return undefined;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return ({ created }) => created > gt && created >= gte && created < lt && created <= lte;
}

/** All filters together. */
export function every<Value>(
  ...filters: readonly (((value: Value) => boolean) | undefined)[]
): ((value: Value) => boolean) | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  return present.length === 0 ? undefined : (value) => present.every((filter) => filter(value));
}

/** A page as Stripe answers it. `show` gives each object its outer form. */
export function listPage<Value extends { readonly id: string }>(
  collection: Collection<Value>,
  request: PageRequest<Value> & { readonly url: string; readonly show?: (value: Value) => object },
): object {
  const page = collection.page(request);
  const { show } = request;
  return {
    object: "list",
    data: show === undefined ? page.data : page.data.map(show),
    has_more: page.hasMore,
    url: request.url,
  };
}
