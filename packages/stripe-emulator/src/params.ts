import { invalidRequest } from "./errors.ts";
import type { FormHash, FormValue } from "./form.ts";
import { STRING_LENGTH_MAX } from "./limits.ts";
import { checkMetadata } from "./metadata.ts";

/**
 * What one parameter may hold:
 * - `string`: text that cannot be unset; `text`: an empty value unsets it;
 * - `source`: the id of a token or card, or a hash that describes a card;
 * - `integer`, `boolean`, `metadata`, `strings`, `hash` (checked no further), `expand` (checked apart);
 * - `range`: a timestamp, or a hash of `gt`, `gte`, `lt`, `lte`;
 * - `decimal`: a number with a fraction, such as a percentage;
 * - `unsupported`: Stripe has it, the emulator does not, and says so instead of ignoring it;
 * - a list: one of these words;
 * - `fields`: a hash of these parameters; `each`: a list of such hashes. An empty value unsets either.
 */
export type ParameterKind =
  | "string"
  | "text"
  | "integer"
  | "boolean"
  | "metadata"
  | "hash"
  | "source"
  | "strings"
  | "range"
  | "expand"
  | "decimal"
  | "unsupported"
  | readonly string[]
  | { readonly fields: ParameterSpec }
  | { readonly each: ParameterSpec };

/** The parameters of one endpoint by name. */
export interface ParameterSpec {
  readonly [name: string]: ParameterKind;
}

/** Parameters that Stripe has and the emulator refuses by name. */
export function unsupported<Name extends string>(...names: readonly Name[]): Record<Name, "unsupported"> {
  return Object.fromEntries(names.map((name) => [name, "unsupported"])) as Record<Name, "unsupported">;
}

/** Bounds on a timestamp in seconds; all that are present must hold. */
export interface TimeRange {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

const RANGE_NAMES = ["gt", "gte", "lt", "lte"] as const;

/** Parses an integer parameter; 400 `parameter_invalid_integer` otherwise. */
export function parseInteger(value: FormValue, param: string): number {
  if (typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  throw invalidRequest(`Invalid integer: ${shown}`, { param, code: "parameter_invalid_integer" });
}

/** Parses a number such as a percentage; 400 otherwise. */
function parseDecimal(value: FormValue, param: string): number {
  if (typeof value === "string" && /^-?\d{1,12}(\.\d{1,12})?$/.test(value)) return Number(value);
  throw invalidRequest(`Invalid decimal: ${JSON.stringify(value)}`, { param });
}

function parseString(value: FormValue, param: string): string {
  if (typeof value !== "string") {
    const kind = Array.isArray(value) ? "array" : "hash";
    throw invalidRequest(`Invalid string: ${kind} given`, { param });
  }
  if (value.length > STRING_LENGTH_MAX) {
    throw invalidRequest(`Invalid string: must be at most ${STRING_LENGTH_MAX} characters`, { param });
  }
  return value;
}

function parseRange(value: FormValue, param: string): TimeRange {
  if (typeof value === "string") {
    const exact = parseInteger(value, param);
    return { gte: exact, lte: exact };
  }
  if (Array.isArray(value)) throw invalidRequest("Invalid hash: array given", { param });
  const unknown = Object.keys(value).find((name) => !RANGE_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw unknownParameter(`${param}[${unknown}]`);
  const bounds: { -readonly [Name in keyof TimeRange]: number } = {};
  for (const name of RANGE_NAMES) {
    const bound = value[name];
    if (bound !== undefined) bounds[name] = parseInteger(bound, `${param}[${name}]`);
  }
  return bounds;
}

function unknownParameter(name: string) {
  return invalidRequest(`Received unknown parameter: ${name}`, { param: name, code: "parameter_unknown" });
}

type NestedKind = { readonly fields: ParameterSpec } | { readonly each: ParameterSpec };

/** Kinds whose empty value unsets the parameter. */
const EMPTYABLE = new Set<ParameterKind>(["text", "metadata", "hash", "strings"]);

function asHash(value: FormValue, name: string): FormHash {
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw invalidRequest("Invalid hash", { param: name });
}

/** The items of a list, also of one that was sent with indexes that have gaps. */
function asList(value: FormValue, name: string): FormValue[] {
  if (typeof value === "string") throw invalidRequest("Invalid array", { param: name });
  return Object.values(value);
}

function checkNested(name: string, kind: NestedKind, value: FormValue): void {
  if (value === "") return;
  if ("fields" in kind) {
    checkForm(asHash(value, name), kind.fields, name);
    return;
  }
  for (const [index, item] of asList(value, name).entries()) {
    checkForm(asHash(item, `${name}[${index}]`), kind.each, `${name}[${index}]`);
  }
}

/** Names and values of one level of a form; `within` is the parameter that holds it. */
function checkForm(form: FormHash, spec: ParameterSpec, within: string | null): void {
  const path = (name: string) => (within === null ? name : `${within}[${name}]`);
  const unknown = Object.keys(form).filter((name) => !Object.hasOwn(spec, name));
  const [first] = unknown;
  if (first !== undefined) {
    if (unknown.length === 1) throw unknownParameter(path(first));
    throw invalidRequest(`Received unknown parameters: ${unknown.map(path).join(", ")}`, {
      param: path(first),
      code: "parameter_unknown",
    });
  }
  for (const [name, value] of Object.entries(form)) {
    const kind = spec[name];
    if (kind !== undefined) checkOne(path(name), kind, value);
  }
}

function checkOne(name: string, kind: ParameterKind, value: FormValue): void {
  if (kind === "unsupported") {
    throw invalidRequest(`The keybrake emulator does not support the parameter '${name}'.`, { param: name });
  }
  if (value === "" && typeof kind !== "object" && !EMPTYABLE.has(kind)) {
    throw invalidRequest(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      { param: name, code: "parameter_invalid_empty" },
    );
  }
  if (typeof kind === "object" && !Array.isArray(kind)) {
    checkNested(name, kind as NestedKind, value);
  } else if (typeof kind !== "string") {
    const word = parseString(value, name);
    const words = kind as readonly string[];
    if (!words.includes(word)) {
      throw invalidRequest(`Invalid ${name}: must be one of ${words.join(", ")}`, { param: name });
    }
  } else if (kind === "string" || kind === "text") parseString(value, name);
  else if (kind === "integer") parseInteger(value, name);
  else if (kind === "decimal") parseDecimal(value, name);
  else if (kind === "range") parseRange(value, name);
  else if (kind === "metadata") checkMetadata(value);
  else if (kind === "strings" && typeof value === "string" && value !== "") {
    throw invalidRequest("Invalid array", { param: name });
  } else if (kind === "boolean" && value !== "true" && value !== "false") {
    throw invalidRequest(`Invalid boolean: ${JSON.stringify(value)}`, { param: name });
  } else if (kind === "hash" && value !== "" && typeof value === "string") {
    throw invalidRequest("Invalid hash", { param: name });
  }
}

/** The checked parameters of one request. A reader for a parameter of another kind is a mistake of ours. */
export class Input {
  readonly #form: FormHash;
  /** The parameter that holds this level; null at the top. */
  readonly #within: string | null;

  private constructor(form: FormHash, within: string | null) {
    this.#form = form;
    this.#within = within;
  }

  /** Checks a form against what the endpoint allows; throws the 400 that Stripe would answer. */
  static check(form: FormHash, spec: ParameterSpec): Input {
    checkForm(form, spec, null);
    return new Input(form, null);
  }

  /** How a refusal names a parameter of this level. */
  path(name: string): string {
    return this.#within === null ? name : `${this.#within}[${name}]`;
  }

  /** A checked hash as an input of its own; null when it is to be unset; undefined when absent. */
  fields(name: string): Input | null | undefined {
    const hash = this.hash(name);
    return hash === undefined || hash === null ? hash : new Input(hash, this.path(name));
  }

  /** A checked list of hashes; empty when it is to be unset; undefined when absent. */
  each(name: string): Input[] | undefined {
    const value = this.#form[name];
    if (value === undefined || value === "") return value === undefined ? undefined : [];
    const path = this.path(name);
    return asList(value, path).map((item, index) => {
      return new Input(asHash(item, `${path}[${index}]`), `${path}[${index}]`);
    });
  }

  /** The same input with further parameters, for what one endpoint hands on to another's rules. */
  with(added: FormHash): Input {
    return new Input({ ...this.#form, ...added }, this.#within);
  }

  /** A number with a fraction, or undefined when absent. */
  decimal(name: string): number | undefined {
    const value = this.#form[name];
    return value === undefined ? undefined : parseDecimal(value, this.path(name));
  }

  has(name: string): boolean {
    return this.#form[name] !== undefined;
  }

  /** The text, or undefined when absent. */
  string(name: string): string | undefined {
    const value = this.#form[name];
    return value === undefined ? undefined : parseString(value, name);
  }

  /** The text; null when it is to be unset; undefined when absent. */
  text(name: string): string | null | undefined {
    const value = this.string(name);
    return value === "" ? null : value;
  }

  integer(name: string): number | undefined {
    const value = this.#form[name];
    return value === undefined ? undefined : parseInteger(value, name);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#form[name];
    return value === undefined ? undefined : value === "true";
  }

  range(name: string): TimeRange | undefined {
    const value = this.#form[name];
    return value === undefined ? undefined : parseRange(value, name);
  }

  /** A list of strings, or undefined when absent. */
  strings(name: string): string[] | undefined {
    const value = this.#form[name];
    if (value === undefined) return undefined;
    if (typeof value === "string") return value === "" ? [] : [value];
    return Object.values(value).map((item) => parseString(item, name));
  }

  /** A hash as it came; null when it is to be unset; undefined when absent. */
  hash(name: string): FormHash | null | undefined {
    const value = this.#form[name];
    if (value === undefined) return undefined;
    return typeof value === "string" || Array.isArray(value) ? null : value;
  }

  /** The raw `expand`, for `parseExpand`. */
  expand(): FormValue | undefined {
    return this.#form.expand;
  }

  /** The raw metadata, for `newMetadata` and `mergeMetadata`. */
  metadata(): FormValue | undefined {
    return this.#form.metadata;
  }

  /** The text of a parameter that must be there; 400 `parameter_missing` otherwise. */
  requiredString(name: string): string {
    return this.string(name) ?? missingParameter(this.path(name));
  }

  requiredInteger(name: string): number {
    return this.integer(name) ?? missingParameter(this.path(name));
  }
}

/** Throws 400 `parameter_missing`. */
export function missingParameter(name: string): never {
  throw invalidRequest(`Missing required param: ${name}.`, { param: name, code: "parameter_missing" });
}
