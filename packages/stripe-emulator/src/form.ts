import { invalidRequest } from "./errors.ts";
import { FORM_DEPTH_MAX, FORM_PARAMETERS_MAX } from "./limits.ts";

/** A decoded form: strings, hashes (`a[b]=`) and lists (`a[]=`, `a[0]=`). Hashes have no prototype. */
export type FormValue = string | FormHash | FormValue[];
export interface FormHash {
  [name: string]: FormValue;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidRequest("Invalid percent-encoding in the request parameters.");
  }
}

/** `a[b][]` → `["a", "b", ""]`. */
function splitName(name: string): string[] {
  const bracket = name.indexOf("[");
  if (bracket <= 0) return [name];
  if (!name.endsWith("]")) throw invalidRequest(`Invalid parameter name: ${name}`);
  const path = [name.slice(0, bracket), ...name.slice(bracket + 1, -1).split("][")];
  if (path.length > FORM_DEPTH_MAX) throw invalidRequest(`Parameter nested too deeply: ${name}`);
  return path;
}

function emptyHash(): FormHash {
  return Object.create(null) as FormHash;
}

function insert(root: FormHash, name: string, value: string): void {
  const path = splitName(name);
  let hash = root;
  for (const [depth, rawSegment] of path.entries()) {
    // `a[]` appends: an empty segment takes the next free index.
    const segment = rawSegment === "" && depth > 0 ? String(Object.keys(hash).length) : rawSegment;
    if (depth === path.length - 1) {
      hash[segment] = value;
      return;
    }
    const next = hash[segment];
    if (next !== undefined && typeof next !== "string" && !Array.isArray(next)) {
      hash = next;
    } else {
      const created = emptyHash();
      hash[segment] = created;
      hash = created;
    }
  }
}

/** Hashes whose names are exactly 0, 1, 2 … become lists. */
function foldLists(value: FormValue): FormValue {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const names = Object.keys(value);
  for (const name of names) {
    const inner = value[name];
    if (inner !== undefined) value[name] = foldLists(inner);
  }
  const isList = names.length > 0 && names.every((name, index) => name === String(index));
  return isList ? Object.values(value) : value;
}

/**
 * Decodes `application/x-www-form-urlencoded` as Stripe's servers do: brackets may be encoded, spaces may be
 * `+` or `%20`, lists may be indexed or not. Throws a 400 on broken or oversized input.
 */
export function parseForm(text: string): FormHash {
  const root = emptyHash();
  if (text === "") return root;
  const pairs = text.split("&", FORM_PARAMETERS_MAX + 1);
  if (pairs.length > FORM_PARAMETERS_MAX) throw invalidRequest("Too many request parameters.");
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    insert(root, name, equals === -1 ? "" : decode(pair.slice(equals + 1)));
  }
  for (const [name, value] of Object.entries(root)) root[name] = foldLists(value);
  return root;
}

/** One text for equal parameters whatever their order: what idempotency compares. */
export function canonicalForm(value: FormValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalForm).join(",")}]`;
  const parts = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalForm(value[name] ?? "")}`);
  return `{${parts.join(",")}}`;
}
