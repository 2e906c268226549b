/** The identity of a business act: what two calls share when the second is the first one said again. */
import { hash } from "node:crypto";
import type { Act, ActContext } from "../act.ts";
import { ACTS, references, valueAt, type Way } from "./acts.ts";
import { OPERATION_CLASSES } from "./classes/operation-classes.ts";
import { endsWithDelivery } from "./delivered-acts.ts";
import { isParams, type Params, type ParamValue } from "./form.ts";
import type { Operation } from "./operation.ts";

/** Parameters that word an act and change nothing of it. */
const WORDING: ReadonlySet<string> = new Set(["description", "receipt_email"]);

/** Wording of refunds alone: `reason` is a note on a refund and means something else elsewhere. */
const REFUND_WORDING: ReadonlySet<string> = new Set(["reason", "instructions_email"]);

/** The metadata that tells two otherwise equal acts apart; the rest of metadata is wording. */
const IDENTIFYING_METADATA = ["reference", "billing_period"] as const;

export interface ActRequest {
  readonly operation: Operation;
  readonly path: string;
  readonly params: Params;
}

/**
 * Three digests (hex SHA-256) of a write, each of more than the one before; none depends on the order of parameters,
 * the case of a currency, blanks around a text, its Unicode form, what in it is not seen, or a default that is said or
 * left out.
 */
export function actOf({ operation, path, params }: ActRequest, { agentAct, includes }: ActContext): Act {
  const { name } = operation;
  const row = ACTS.get(name);
  const all = normalised(name, params);
  const digest = (content: unknown, way: Way = { operation: name, path }) =>
    hash("sha256", JSON.stringify([way.operation, way.path, content, agentAct]));
  const included = includes.map((name) => valueAt(all, ...partsOf(name)));
  const named = once(() => {
    const identity = row?.identity(all) ?? null;
    return identity === null ? null : [...identity, ...included].map(canonicalOrNull);
  });
  const wording = once(() => digest(canonical(all)));
  const reworded = once(() => (row === undefined ? wording() : digest(canonical(terms(name, all)))));
  const identity = once(() => {
    const content = named();
    return content === null ? wording() : digest(content);
  });
  // A claim asks for one or two of them.
  return {
    get identity() {
      return identity();
    },
    get terms() {
      return reworded();
    },
    get wording() {
      return wording();
    },
    get shared() {
      const isNamed = (named()?.[0] ?? null) !== null && references(all).some((name) => name !== null);
      return isNamed ? reworded() : wording();
    },
    get endsWithDelivery() {
      const isNamed = named() !== null || agentAct !== null || included.some((value) => value !== null);
      return endsWithDelivery(name, all, isNamed);
    },
    // Two equal amounts without a name may be two purchases, and another operation is another intention.
    get spellings() {
      const otherwise = row?.otherwise ?? null;
      const content = named();
      if (content === null || otherwise === null || references(all).every((reference) => reference === null))
        return [];
      return [{ operation: otherwise.operation, identity: digest(content, otherwise) }];
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Classes of updates that begin or collect something each time: a subscription's may add to its next bill. */
const BEGINNING: ReadonlySet<string> = new Set(["opens", "unpriceable"]);

/**
 * Whether the operation brings an object into a state: an update of what is there, a deletion, an action that moves no
 * money. Doing A, then B and then A again is three acts there, and doing A twice in a row harms nobody.
 */
export function setsState({ name, method }: Operation): boolean {
  const action = name.slice(name.lastIndexOf(".") + 1);
  // What has no class is refused before it could be anything.
  const kind = OPERATION_CLASSES.get(name)?.class ?? "unpriceable";
  if (method === "DELETE") return true;
  if (action.startsWith("update")) return !BEGINNING.has(kind);
  return !action.startsWith("create") && kind === "free";
}

/** What remains of an act in the table when its wording is taken away. */
function terms(operation: string, params: Params): Params {
  const kept: Params = Object.create(null);
  for (const name of Object.keys(params)) {
    if (WORDING.has(name) || name.startsWith("statement_descriptor")) continue;
    if (operation === "refunds.create" && REFUND_WORDING.has(name)) continue;
    const value = params[name] ?? "";
    if (name !== "metadata") kept[name] = value;
    else if (isParams(value)) Object.assign(kept, identifyingMetadata(value));
  }
  return kept;
}

function identifyingMetadata(metadata: Params): Params {
  const kept: Params = Object.create(null);
  for (const name of IDENTIFYING_METADATA) {
    const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (value !== undefined) kept[name] = value;
  }
  return Object.keys(kept).length === 0 ? kept : { metadata: kept };
}

/** `expand` shapes the answer alone; and an act in the table makes something, of which a default need not be said. */
function normalised(operation: string, params: Params): Params {
  const defaults = ACTS.get(operation)?.defaults;
  const kept: Params = Object.create(null);
  for (const name of Object.keys(params)) {
    const value = params[name] ?? "";
    const isDefault = defaults !== undefined && (value === "" || defaults.get(name) === value);
    if (name !== "expand" && !isDefault) kept[name] = normalisedValue(value, name);
  }
  return kept;
}

/** Most values: there is nothing to be seen otherwise, and nothing around them. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function normalisedValue(value: ParamValue, name = ""): ParamValue {
  if (typeof value === "string") {
    const text = PLAIN.test(value) ? value : visible(value.normalize("NFC")).trim();
    return name === "currency" ? text.toLowerCase() : text;
  }
  if (Array.isArray(value)) return value.map((item) => normalisedValue(item));
  const kept: Params = Object.create(null);
  for (const key of Object.keys(value)) kept[key] = normalisedValue(value[key] ?? "", key);
  return kept;
}

/** Without what nobody sees: a reference of such characters alone would be none, and pass for another one. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, "");
}

/** Policies write parameters as forms do: `description`, `metadata[order_id]`. */
function partsOf(name: string): string[] {
  return name.split(/[[\]]+/).filter((part) => part !== "");
}

function canonicalOrNull(value: ParamValue | null): unknown {
  return value === null ? null : canonical(value);
}

/** The value as nested pairs, sorted by name: no two different values are written alike. */
function canonical(value: ParamValue): unknown {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return ["list", ...value.map((item) => canonical(item))];
  const pairs: unknown[] = ["object"];
  for (const key of Object.keys(value).sort()) pairs.push([key, canonical(value[key] ?? "")]);
  return pairs;
}
