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
 * - `unsupported`: Stripe has it, the emulator does not, and says so instead of ignoring it;
 * - a list: one of these words.
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
  | "unsupported"
  | readonly string[];

/** The parameters of one endpoint by name. */
export type ParameterSpec = Readonly<Record<string, ParameterKind>>;

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

function checkOne(name: string, kind: ParameterKind, value: FormValue): void {
  if (kind === "unsupported") {
    throw invalidRequest(`The keybrake emulator does not support the parameter '${name}'.`, { param: name });
  }
  if (value === "" && kind !== "text" && kind !== "metadata" && kind !== "hash") {
    throw invalidRequest(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      { param: name, code: "parameter_invalid_empty" },
    );
  }
  if (typeof kind !== "string") {
    const word = parseString(value, name);
    if (!kind.includes(word)) {
      throw invalidRequest(`Invalid ${name}: must be one of ${kind.join(", ")}`, { param: name });
    }
  } else if (kind === "string" || kind === "text") parseString(value, name);
  else if (kind === "integer") parseInteger(value, name);
  else if (kind === "range") parseRange(value, name);
  else if (kind === "metadata") checkMetadata(value);
  else if (kind === "strings" && typeof value === "string") {
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

  private constructor(form: FormHash) {
    this.#form = form;
  }

  /** Checks a form against what the endpoint allows; throws the 400 that Stripe would answer. */
  static check(form: FormHash, spec: ParameterSpec): Input {
    const unknown = Object.keys(form).filter((name) => !Object.hasOwn(spec, name));
    const [first] = unknown;
    if (first !== undefined) {
      if (unknown.length === 1) throw unknownParameter(first);
      throw invalidRequest(`Received unknown parameters: ${unknown.join(", ")}`, {
        param: first,
        code: "parameter_unknown",
      });
    }
    for (const [name, value] of Object.entries(form)) {
      const kind = spec[name];
      if (kind !== undefined) checkOne(name, kind, value);
    }
    return new Input(form);
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
    if (typeof value === "string") return [value];
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
    return this.string(name) ?? missingParameter(name);
  }

  requiredInteger(name: string): number {
    return this.integer(name) ?? missingParameter(name);
  }
}

/** Throws 400 `parameter_missing`. */
export function missingParameter(name: string): never {
  throw invalidRequest(`Missing required param: ${name}.`, { param: name, code: "parameter_missing" });
}
