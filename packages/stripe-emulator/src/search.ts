import type { Collection } from "./collection.ts";
import { invalidRequest } from "./errors.ts";
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "./limits.ts";
import type { Input, ParameterSpec } from "./params.ts";
import type { Route } from "./route.ts";
import type { State } from "./state.ts";

/** One condition of Stripe's search language: `amount>1000`, `-currency:"usd"`, `metadata["order"]:"7"`. */
interface Condition {
  readonly isNegated: boolean;
  readonly field: string;
  /** The key of `metadata["key"]`. */
  readonly key: string | null;
  readonly operator: ":" | "~" | ">" | "<" | ">=" | "<=";
  readonly value: string;
}

const CONDITION =
  /^(-?)([a-z_.]+)(?:\[(?:"([^"]*)"|'([^']*)')\])?\s*(:|~|>=|<=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(null|true|false|-?\d+))\s*/i;

const SEARCH_PARAMS = {
  expand: "expand",
  limit: "integer",
  page: "string",
  query: "string",
} as const satisfies ParameterSpec;

function malformed(query: string) {
  return invalidRequest(`We were unable to parse your search query: ${query}`, { param: "query" });
}

/** Conditions joined by AND, or all of them by OR; Stripe does not mix the two either. */
function parseQuery(query: string): { readonly conditions: Condition[]; readonly isAny: boolean } {
  const conditions: Condition[] = [];
  const joins = new Set<string>();
  let rest = query.trim();
  while (rest !== "") {
    const match = CONDITION.exec(rest);
    if (match === null) throw malformed(query);
    const [whole, minus, field = "", keyA, keyB, operator, textA, textB, bare] = match;
    conditions.push({
      isNegated: minus === "-",
      field,
      key: keyA ?? keyB ?? null,
      operator: operator as Condition["operator"],
      value: textA ?? textB ?? bare ?? "",
    });
    rest = rest.slice(whole.length);
    const join = /^(and|or)\s+/i.exec(rest);
    if (join !== null) joins.add((join[1] ?? "").toLowerCase());
    else if (rest !== "") joins.add("and");
    rest = rest.slice(join?.[0].length ?? 0);
  }
  if (conditions.length === 0 || joins.size > 1) throw malformed(query);
  return { conditions, isAny: joins.has("or") };
}

function fieldOf(object: object, condition: Condition): string | null {
  const fields: Record<string, unknown> = { ...object };
  const value = fields[condition.field];
  const inner =
    condition.key === null ? value : (value as Record<string, unknown> | undefined)?.[condition.key];
  return inner === undefined || inner === null ? null : String(inner).toLowerCase();
}

function holds(object: object, condition: Condition): boolean {
  const value = fieldOf(object, condition);
  const wanted = condition.value.toLowerCase();
  const compare = (): boolean => {
    if (value === null) return wanted === "null" && condition.operator === ":";
    if (condition.operator === ":") return value === wanted;
    if (condition.operator === "~") return value.includes(wanted);
    const [left, right] = [Number(value), Number(wanted)];
    if (condition.operator === ">") return left > right;
    if (condition.operator === "<") return left < right;
    return condition.operator === ">=" ? left >= right : left <= right;
  };
  return compare() !== condition.isNegated;
}

/** `GET /v1/<resource>/search` over a collection, later by the search lag than the objects are made. */
export function searchRoute<Value extends { readonly id: string }>(options: {
  readonly resource: string;
  readonly operation: string;
  readonly fields: readonly string[];
  readonly permission: Route["permission"];
  readonly returns: Route["returns"];
  readonly collection: (state: State) => Collection<Value>;
}): Route {
  const url = `/v1/${options.resource}/search`;
  return {
    method: "GET",
    path: url,
    operation: options.operation,
    permission: options.permission,
    params: SEARCH_PARAMS,
    returns: options.returns,
    prepare: (input: Input) => {
      const { conditions, isAny } = parseQuery(input.requiredString("query"));
      const unknown = conditions.find(({ field }) => !options.fields.includes(field));
      if (unknown !== undefined) {
        throw invalidRequest(`Field \`${unknown.field}\` is an unsupported search field.`, {
          param: "query",
        });
      }
      const limit = Math.min(Math.max(input.integer("limit") ?? PAGE_LIMIT_DEFAULT, 1), PAGE_LIMIT_MAX);
      const offset = Number(input.string("page") ?? 0);
      const where = (object: Value): boolean =>
        isAny
          ? conditions.some((condition) => holds(object, condition))
          : conditions.every((condition) => holds(object, condition));
      return ({ state }) => {
        const page = options.collection(state).search({ limit, offset, where });
        const next_page = page.hasMore ? String(offset + limit) : null;
        return { object: "search_result", data: page.data, has_more: page.hasMore, next_page, url };
      };
    },
  };
}
