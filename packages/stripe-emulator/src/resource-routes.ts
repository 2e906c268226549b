import type { Collection } from "./collection.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "./lists.ts";
import type { Input, ParameterSpec } from "./params.ts";
import type { Route } from "./route.ts";
import type { State } from "./state.ts";

interface Stored {
  readonly id: string;
}

/** What the reading routes of one kind of object share. */
interface ResourceReads<Value extends Stored> {
  /** `/v1/invoices` */
  readonly path: string;
  /** `invoices` */
  readonly name: string;
  readonly permission: Route["permission"];
  readonly returns: Exclude<Route["returns"], `list:${string}`>;
  readonly collection: (state: State) => Collection<Value>;
  /** The list's parameters beside those that every list has. */
  readonly filters?: ParameterSpec;
  /** The filters of one request; `undefined` ones are none. */
  readonly where?: (input: Input) => readonly (((value: Value) => boolean) | undefined)[];
}

/** `GET` of one object and of a page of them. */
export function readRoutes<Value extends Stored & { readonly created?: number }>(
  reads: ResourceReads<Value>,
): readonly Route[] {
  const { path, name, permission, returns, collection, filters = {}, where } = reads;
  return [
    {
      method: "GET",
      path,
      operation: `${name}.list`,
      permission,
      params: { ...LIST_PARAMS, ...filters },
      returns: `list:${returns}`,
      prepare: (input) => {
        const bounds = pageBounds(input);
        const created = input.has("created") ? createdFilter(input) : undefined;
        const filter = every<Value>(
          created && ((value) => created({ created: value.created ?? 0 })),
          ...(where?.(input) ?? []),
        );
        return ({ state }) => listPage(collection(state), { ...bounds, where: filter, url: path });
      },
    },
    {
      method: "GET",
      path: `${path}/{id}`,
      operation: `${name}.retrieve`,
      permission,
      params: { expand: "expand" },
      returns,
      prepare:
        (_input, id) =>
        ({ state }) =>
          collection(state).need(id, "id"),
    },
  ];
}

/** The objects that one request's filter on a field lets through; undefined when it has none. */
export function equals<Value>(
  input: Input,
  name: string,
  field: (value: Value) => string | null | undefined,
): ((value: Value) => boolean) | undefined {
  const wanted = input.string(name);
  return wanted === undefined ? undefined : (value) => field(value) === wanted;
}
