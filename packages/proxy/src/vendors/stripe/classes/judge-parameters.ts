/**
 * Whether every parameter of a call is one that its class and price were judged with. A parameter of another
 * version of Stripe's API, a preview or an undocumented one does not pass on an operation that moves money.
 */
import { isParams, type Params, type ParamValue } from "../form.ts";
import { JUDGED_PARAMETERS, type ParameterTree } from "./generated/parameters.generated.ts";
import { OLDER_PARAMETERS } from "./older-parameters.ts";
import type { ClassedOperation } from "./operation-class.ts";
import { hasJudgedParameters, OPERATION_CLASSES } from "./operation-classes.ts";
import { PARAMETER_EXCEPTIONS } from "./parameter-exceptions.ts";

export interface ParameterObjection {
  /** As on the wire, without list positions: `transfer_data[amount]`. */
  readonly parameter: string;
  /** A sentence without its full stop. */
  readonly reason: string;
}

interface Refused {
  readonly matches: RegExp;
  readonly harmless: readonly string[];
  readonly reason: string;
}

/** `payment_method_options[*][request_*]` as a pattern of whole parameters. */
export function parameterPattern(parameter: string): RegExp {
  const escaped = parameter.replaceAll(/[[\]]/g, "\\$&").replaceAll("*", "[^\\[\\]]*");
  return new RegExp(`^${escaped}$`);
}

const REFUSED: ReadonlyMap<string, readonly Refused[]> = Map.groupBy(
  PARAMETER_EXCEPTIONS.filter(({ verdict }) => verdict === "refused").flatMap(
    ({ operations, parameter, harmless = [], reason }) =>
      operations.map((operation) => ({
        operation,
        matches: parameterPattern(parameter),
        harmless,
        reason,
      })),
  ),
  ({ operation }) => operation,
);

/** What the pinned version of Stripe's API takes, and what older versions took beside it. */
const KNOWN: ReadonlyMap<string, ParameterTree> = new Map(
  [...JUDGED_PARAMETERS].map(([operation, tree]) => {
    const older = [...(OLDER_PARAMETERS.get(operation) ?? [])].map((name) => [name, null]);
    return [operation, { ...tree, ...Object.fromEntries(older) }];
  }),
);

/**
 * The first parameter that may not pass, or null when all may. Reads, plainly free and unpriceable operations
 * take any. `operation` is the canonical name of the table. Pure.
 */
export function judgeParameters(operation: string, params: Params): ParameterObjection | null {
  const classed = OPERATION_CLASSES.get(operation);
  if (classed === undefined || !hasJudgedParameters(classed)) return null;
  const tree = KNOWN.get(operation);
  if (tree === undefined) throw new Error(`the parameters of ${operation} are not in the generated table`);
  return (
    notFree(classed, params) ?? judgeObject(params, { tree, path: "", refused: REFUSED.get(operation) ?? [] })
  );
}

function notFree({ freeParameters, reason }: ClassedOperation, params: Params): ParameterObjection | null {
  if (freeParameters === undefined) return null;
  const parameter = Object.keys(params).find((name) => !freeParameters.has(name));
  return parameter === undefined ? null : { parameter, reason };
}

interface Place {
  readonly tree: ParameterTree;
  readonly path: string;
  readonly refused: readonly Refused[];
}

function judgeObject(params: Params, { tree, path, refused }: Place): ParameterObjection | null {
  for (const name of Object.keys(params)) {
    const value = params[name] ?? "";
    const parameter = path === "" ? name : `${path}[${name}]`;
    const below = Object.hasOwn(tree, name) ? tree[name] : tree["*"];
    if (below === undefined)
      return { parameter, reason: "It was not looked at in this version of Stripe's API" };
    const objection =
      judgeRefused(parameter, value, refused) ?? judgeValue(value, { tree: below, path: parameter, refused });
    if (objection !== null) return objection;
  }
  return null;
}

function judgeRefused(
  parameter: string,
  value: ParamValue,
  refused: readonly Refused[],
): ParameterObjection | null {
  const found = refused.find(({ matches }) => matches.test(parameter));
  if (found === undefined) return null;
  const isHarmless = typeof value === "string" && found.harmless.includes(value);
  return isHarmless ? null : { parameter, reason: found.reason };
}

function judgeValue(
  value: ParamValue,
  { tree, path, refused }: Omit<Place, "tree"> & { readonly tree: ParameterTree | null },
): ParameterObjection | null {
  if (typeof value === "string") return null;
  if (Array.isArray(value)) {
    for (const item of value) {
      const objection = judgeValue(item, { tree, path, refused });
      if (objection !== null) return objection;
    }
    return null;
  }
  if (tree === null || !isParams(value)) return { parameter: path, reason: "It takes a plain value" };
  return judgeObject(value, { tree, path, refused });
}
