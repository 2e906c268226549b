/**
 * Stripe's v1 wire format: application/x-www-form-urlencoded with brackets for nesting. The proxy never
 * forwards a body as it came: it decodes it here, refuses whatever two parsers could read in two ways, and
 * forwards its own canonical encoding, so that what was priced is what Stripe executes.
 */
import { STRIPE_LIMITS } from "./limits.ts";

/** A parameter's value: text, a list (`k[0]=`, `k[]=`), or an object (`k[name]=`). Never a number. */
export type ParamValue = string | ParamValue[] | Params;

/** Decoded parameters. Made here they have no prototype, so no key can reach `Object.prototype`. */
export type Params = { [key: string]: ParamValue };

export type ParamsResult =
  | { readonly ok: true; readonly params: Params }
  /** The message names the parameter and is safe to answer to the caller. */
  | { readonly ok: false; readonly message: string };

/** Names that mean something to JavaScript objects, and Rails' method override. No Stripe parameter is one. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const METHOD_OVERRIDE = "_method";

/** Thrown inside this file only; turned into a value at its edge. */
class FormError extends Error {}

function refuse(message: string): never {
  throw new FormError(message);
}

/** A new, empty, prototype-free object. */
export function emptyParams(): Params {
  return Object.create(null);
}

/** Whether a value is an object of parameters (not text, not a list). */
export function isParams(value: ParamValue | undefined): value is Params {
  return typeof value === "object" && !Array.isArray(value);
}

/** The text of a parameter, or undefined when it is absent or not text. */
export function textParam(params: Params, name: string): string | undefined {
  const value = Object.hasOwn(params, name) ? params[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Whether the parameter is present in any shape. */
export function hasParam(params: Params, name: string): boolean {
  return Object.hasOwn(params, name);
}

/**
 * Reads a form body or a query string (without its `?`). Brackets may be encoded or not, `+` and `%20` are
 * spaces, `k[]` appends. Refused: the same scalar twice, a name that is scalar and object at once, bad
 * percent-encoding, invalid UTF-8, control characters in names, NUL anywhere, holes in lists, `k[][…]`, and
 * everything over the limits. Under `metadata` every name is a key, numbers too.
 */
export function decodeForm(text: string): ParamsResult {
  return attempt(() => {
    if (!text.isWellFormed() || text.includes("\uFFFD")) refuse("The body is not valid UTF-8.");
    const root = newNode();
    let pairs = 0;
    for (const pair of text.split("&")) {
      if (pair === "") continue;
      pairs += 1;
      if (pairs > STRIPE_LIMITS.formPairs) refuse(`More than ${STRIPE_LIMITS.formPairs} parameters.`);
      const equals = pair.indexOf("=");
      if (equals === -1) refuse("Every parameter must be written name=value.");
      if (equals > STRIPE_LIMITS.formKeyLength * 3) refuse("A parameter name is too long.");
      const key = decodeComponent(pair.slice(0, equals));
      insert(root, parseKey(key), key, decodeComponent(pair.slice(equals + 1)));
    }
    return nodeToParams(root);
  });
}

/**
 * Reads a JSON body sent to a v1 path as the form that stripe-node would send for the same object: booleans
 * become `true`/`false`, null becomes empty text, empty objects and lists vanish. Numbers must be safe
 * integers or plain decimals.
 */
export function jsonToParams(value: unknown): ParamsResult {
  return attempt(() => {
    if (!isPlainObject(value)) refuse("The JSON body must be an object.");
    return jsonObject(value, { depth: 1, budget: { left: STRIPE_LIMITS.formPairs } });
  });
}

/**
 * The one encoding of these parameters, byte for byte stripe-node's: indexed lists, literal brackets, `%20`
 * for a space, in the order of the object. Empty lists and objects encode to nothing.
 */
export function encodeForm(params: Params): string {
  const pairs: string[] = [];
  const write = (key: string, value: ParamValue): void => {
    if (typeof value === "string") pairs.push(`${encodeText(key)}=${encodeText(value)}`);
    else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) write(`${key}[${index}]`, item);
    } else for (const name of Object.keys(value)) write(`${key}[${name}]`, value[name] ?? "");
  };
  for (const name of Object.keys(params)) write(name, params[name] ?? "");
  return pairs.join("&");
}

/** Most names and values: written as they are by every encoder. */
const UNRESERVED = /^[\w.~[\]-]*$/;

function encodeText(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text)
    .replace(/[!*()']/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%5B", "[")
    .replaceAll("%5D", "]");
}

function attempt(read: () => Params): ParamsResult {
  try {
    return { ok: true, params: read() };
  } catch (error) {
    if (error instanceof FormError) return { ok: false, message: error.message };
    throw error;
  }
}

function decodeComponent(text: string): string {
  if (UNRESERVED.test(text)) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return refuse("The body has broken percent-encoding or is not valid UTF-8.");
  }
  if (decoded.includes("\0")) refuse("The body contains a NUL character.");
  return decoded;
}

/** `a[b][0]` as ["a", "b", "0"]. */
function parseKey(key: string): string[] {
  if (key.length > STRIPE_LIMITS.formKeyLength) refuse("A parameter name is too long.");
  const open = key.indexOf("[");
  const base = open === -1 ? key : key.slice(0, open);
  const segments = [base];
  let at = base.length;
  while (at < key.length) {
    const close = key.indexOf("]", at);
    if (key[at] !== "[" || close === -1) refuse(`Malformed parameter name: ${shown(key)}.`);
    segments.push(key.slice(at + 1, close));
    at = close + 1;
  }
  if (segments.length > STRIPE_LIMITS.formDepth) refuse(`Parameter nested too deeply: ${shown(key)}.`);
  for (const [position, segment] of segments.entries()) {
    const appends = segment === "" && position > 0 && position === segments.length - 1;
    if (!appends) checkName(segment, { top: position === 0 });
  }
  return segments;
}

function checkName(name: string, { top }: { top: boolean }): void {
  if (name === "") refuse("A parameter name is empty; write items[0][price], not items[][price].");
  if (name.length > STRIPE_LIMITS.formKeyLength) refuse("A parameter name is too long.");
  if (FORBIDDEN_NAMES.has(name) || (top && name === METHOD_OVERRIDE)) refuse(`Forbidden parameter: ${name}.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point.
  if (/[[\]\u0000-\u001f\u007f-\u009f]/.test(name)) refuse(`Malformed parameter name: ${shown(name)}.`);
  if (!name.isWellFormed()) refuse("A parameter name is not valid Unicode.");
}

/** Printable and short, for messages. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 60)).replaceAll(/[^\x20-\x7e]/g, "?");
}

/** A container while it is being read; whether it is a list or an object is known at the end. */
interface Node {
  readonly children: Map<string, string | Node>;
  /** Values of `k[]=`. */
  readonly appended: string[];
}

function newNode(): Node {
  return { children: new Map(), appended: [] };
}

function insert(root: Node, segments: readonly string[], key: string, value: string): void {
  let node = root;
  for (const segment of segments.slice(0, -1)) {
    const child = node.children.get(segment);
    if (typeof child === "string") refuse(`Parameter is both text and object: ${shown(key)}.`);
    const next = child ?? newNode();
    node.children.set(segment, next);
    node = next;
  }
  const last = segments.at(-1) ?? "";
  if (last === "" && segments.length > 1) {
    node.appended.push(value);
    return;
  }
  const present = node.children.get(last);
  if (typeof present === "string") refuse(`Parameter given twice: ${shown(key)}.`);
  if (present !== undefined) refuse(`Parameter is both text and object: ${shown(key)}.`);
  node.children.set(last, value);
}

function nodeToParams(node: Node): Params {
  const params = emptyParams();
  for (const [name, child] of node.children) {
    params[name] = typeof child === "string" ? child : nodeToValue(child, name);
  }
  return params;
}

function nodeToValue(node: Node, name: string): ParamValue {
  if (name === "metadata") {
    if (node.appended.length > 0) refuse("metadata must be written metadata[key]=value.");
    return nodeToParams(node);
  }
  if (node.appended.length > 0) {
    if (node.children.size > 0) refuse(`List mixes ${shown(`${name}[]`)} with other forms.`);
    return checkedList(node.appended, name);
  }
  const indexes = [...node.children.keys()].filter((key) => /^\d+$/.test(key));
  if (indexes.length === 0) return nodeToParams(node);
  if (indexes.length < node.children.size) refuse(`Parameter is both list and object: ${shown(name)}.`);
  const items: ParamValue[] = [];
  for (let index = 0; index < indexes.length; index += 1) {
    const child = node.children.get(String(index));
    if (child === undefined) {
      return refuse(`List has a hole: ${shown(name)} must be numbered 0, 1, 2 …`);
    }
    items.push(typeof child === "string" ? child : nodeToValue(child, String(index)));
  }
  return checkedList(items, name);
}

function checkedList<T>(items: T[], name: string): T[] {
  if (items.length > STRIPE_LIMITS.formArrayItems) refuse(`List is too long: ${shown(name)}.`);
  return items;
}

interface JsonContext {
  readonly depth: number;
  /** Scalars that may still be read; shared by the whole body. */
  readonly budget: { left: number };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonObject(source: Record<string, unknown>, context: JsonContext): Params {
  const params = emptyParams();
  for (const [name, item] of Object.entries(source)) {
    checkName(name, { top: context.depth === 1 });
    const value = jsonValue(item, name, context);
    if (value !== null) params[name] = value;
  }
  return params;
}

/** Null for what the form cannot say (an empty list or object). */
function jsonValue(item: unknown, name: string, context: JsonContext): ParamValue | null {
  if (typeof item !== "object" || item === null) return jsonScalar(item, name, context.budget);
  if (context.depth >= STRIPE_LIMITS.formDepth) refuse(`Parameter nested too deeply: ${shown(name)}.`);
  const inner: JsonContext = { depth: context.depth + 1, budget: context.budget };
  if (Array.isArray(item)) {
    if (name === "metadata") refuse("metadata must be an object.");
    const items = checkedList(item, name).map((element: unknown) => jsonValue(element, "", inner));
    return items.length === 0
      ? null
      : items.map((value) => value ?? refuse(`List holds an empty object or list: ${shown(name)}.`));
  }
  const object = jsonObject(item as Record<string, unknown>, inner);
  const names = Object.keys(object);
  if (names.length === 0) return null;
  // On the wire {"0": …} and […] are the same; only metadata has numbers for names.
  if (name !== "metadata" && names.some((key) => /^\d+$/.test(key))) {
    refuse(`Object has numbers for names: ${shown(name)}; write a list.`);
  }
  return object;
}

function jsonScalar(item: unknown, name: string, budget: { left: number }): string {
  budget.left -= 1;
  if (budget.left < 0) refuse(`More than ${STRIPE_LIMITS.formPairs} parameters.`);
  if (item === null) return "";
  if (typeof item === "boolean") return String(item);
  if (typeof item === "number") {
    const text = String(item);
    const exact = Number.isInteger(item) ? Number.isSafeInteger(item) : /^-?\d+\.\d+$/.test(text);
    return exact ? text : refuse(`Number out of range: ${shown(name)}.`);
  }
  if (typeof item !== "string") refuse(`Unsupported value: ${shown(name)}.`);
  if (!item.isWellFormed() || item.includes("\0")) refuse(`Not valid text: ${shown(name)}.`);
  return item;
}
