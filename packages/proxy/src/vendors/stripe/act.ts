/** The identity of a business act: what two calls share when the second is the first one said again. */
import { createHash } from "node:crypto";
import { isParams, type Params, type ParamValue } from "./form.ts";

/** Top-level parameters that word an act and do not change it. Everything else is part of the act. */
const WORDING: ReadonlySet<string> = new Set(["description", "receipt_email", "expand"]);

/** Wording of refunds alone: `reason` is a note on a refund and means something else elsewhere. */
const REFUND_WORDING: ReadonlySet<string> = new Set(["reason", "instructions_email"]);

/** The metadata that tells two otherwise equal acts apart; the rest of metadata is wording. */
const IDENTIFYING_METADATA = ["reference", "billing_period"] as const;

/**
 * Hex SHA-256 over operation, path and the identifying parameters, whatever their order; currency codes in
 * lower case. `agentAct` (the header X-Agent-Act) tells apart what the caller wants to be two acts.
 */
export function actDigest(
  operation: string,
  path: string,
  params: Params,
  agentAct: string | null = null,
): string {
  const identity = [operation, path, canonical(identifying(operation, params)), agentAct];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex");
}

/**
 * Whether the operation sets an object's fields. There the wording is what the call is about, and setting a
 * field to A, to B and to A again is three acts.
 */
export function isUpdate(operation: string): boolean {
  return /\.update[^.]*$/.test(operation);
}

function identifying(operation: string, params: Params): Params {
  const kept: Params = Object.create(null);
  if (isUpdate(operation)) {
    const { expand: _expand, ...fields } = params;
    return Object.assign(kept, fields);
  }
  for (const [name, value] of Object.entries(params)) {
    if (WORDING.has(name) || name.startsWith("statement_descriptor")) continue;
    if (operation === "refunds.create" && REFUND_WORDING.has(name)) continue;
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

/** The value as nested pairs, sorted by name: no two different values are written alike. */
function canonical(value: ParamValue, name = ""): unknown {
  if (typeof value === "string") return name === "currency" ? value.toLowerCase() : value;
  if (Array.isArray(value)) return ["list", ...value.map((item) => canonical(item))];
  const names = Object.keys(value).toSorted();
  return ["object", ...names.map((key) => [key, canonical(value[key] ?? "", key)])];
}
