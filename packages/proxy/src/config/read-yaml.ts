import { holdsSecret } from "@keybrake/core";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { LIMITS } from "../limits.ts";

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Place {
  /** Says what is so and what to do. Quotes no value: it could be a secret. */
  readonly message: string;
}

/** Names and positions from the root to a value. */
export type Path = readonly (string | number)[];

/** A document as plain values, and where each of them stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Of the value, or with `"name"` of the name that it has; where its nearest ancestor is, when there is none. */
  placeOf(path: Path, of?: "value" | "name"): Place;
}

const NO_SECRETS =
  "something that looks like a key or a password stands here. Secrets stay out of this file: say where one is, as { env: NAME } or { file: PATH }.";

/** Addresses whose text is a secret: a database's with a password, Slack's incoming webhooks. */
const SECRET_ADDRESS = /:\/\/[^\s/:@]*:[^\s@]+@|hooks\.slack\.com\/(?:services|workflows)\//i;

const START: Place = { line: 1, column: 1 };

/**
 * Reads YAML 1.2 of the plain kind: values, lists, maps with texts as names. Aliases, anchors, tags, merge keys and names
 * said twice are refused, since a reader sees something else in them than a parser does; so is whatever looks like a
 * secret, comments included. Pure.
 */
export function readYaml(text: string): YamlDocument | readonly Problem[] {
  if (Buffer.byteLength(text) > LIMITS.configBytes)
    return [{ ...START, message: `the file has more than ${LIMITS.configBytes} bytes.` }];
  const secrets = secretLines(text);
  if (secrets.length > 0) return secrets;
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      ...{ version: "1.2", schema: "core", strict: true, stringKeys: true, merge: false },
      // Two equal names are looked for below: the parser compares each with each.
      ...{ uniqueKeys: false, prettyErrors: false, logLevel: "error", lineCounter: lines },
    });
    const at = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    };
    const wrong = [...document.errors, ...document.warnings];
    if (wrong.length > 0)
      return wrong.map(({ pos, message }) => ({ ...at(pos[0]), message: inWords(message) }));
    return new Reading(at).read(document.contents);
  } catch (error) {
    // What nests so deep that the parser's own stack does not hold it.
    if (error instanceof RangeError) return [{ ...START, message: TOO_DEEP }];
    throw error;
  }
}

const TOO_DEEP = "this nests deeper than any setting does.";

/** The parser's words, but where its own stack did not hold what it read. */
function inWords(message: string): string {
  return /call stack|stack overflow/i.test(message) ? TOO_DEEP : `${message.replace(/\.$/, "")}.`;
}

function secretLines(text: string): readonly Problem[] {
  if (!holdsSecret(text) && !SECRET_ADDRESS.test(text)) return [];
  return text.split("\n").flatMap((line, index) => {
    if (!holdsSecret(line) && !SECRET_ADDRESS.test(line)) return [];
    return [{ line: index + 1, column: 1, message: NO_SECRETS }];
  });
}

const keyOf = (path: Path): string => JSON.stringify(path);

/** Names that mean something else to JavaScript. */
const NOT_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

class Reading {
  readonly #at: (offset: number) => Place;
  readonly #problems: Problem[] = [];
  readonly #values = new Map<string, Place>();
  readonly #names = new Map<string, Place>();

  constructor(at: (offset: number) => Place) {
    this.#at = at;
  }

  read(root: Node | null): YamlDocument | readonly Problem[] {
    const value = this.#read(root, []);
    if (this.#problems.length > 0) return this.#problems;
    return { value, placeOf: (path, of = "value") => this.#placeOf(path, of) };
  }

  #placeOf(path: Path, of: "value" | "name"): Place {
    const key = keyOf(path);
    const place = of === "name" ? this.#names.get(key) : this.#values.get(key);
    if (place !== undefined) return place;
    return path.length === 0 ? START : this.#placeOf(path.slice(0, -1), "value");
  }

  #refuse(place: Place, message: string): undefined {
    this.#problems.push({ ...place, message });
    return undefined;
  }

  #read(node: Node | null, path: Path): unknown {
    if (node === null) return null;
    const place = this.#at(node.range?.[0] ?? 0);
    this.#values.set(keyOf(path), place);
    if (path.length > LIMITS.configDepth) return this.#refuse(place, TOO_DEEP);
    if (isAlias(node) || (node as { anchor?: string }).anchor !== undefined)
      return this.#refuse(place, "anchors and aliases (& and *) are not read here: write the value out.");
    if ((node as { tag?: string }).tag !== undefined)
      return this.#refuse(place, "tags (!) are not read here: write the plain value.");
    if (isMap(node)) return this.#readMap(node.items as readonly Pair[], path);
    if (isSeq(node))
      return node.items.map((item, index) => this.#read(item as Node | null, [...path, index]));
    return isScalar(node) ? this.#readScalar(node.value, place) : this.#refuse(place, "this is no value.");
  }

  #readScalar(value: unknown, place: Place): unknown {
    if (typeof value === "string" && (holdsSecret(value) || SECRET_ADDRESS.test(value)))
      return this.#refuse(place, NO_SECRETS);
    const isWrong =
      typeof value === "number" &&
      (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)));
    return isWrong ? this.#refuse(place, "this number is too large to be meant.") : value;
  }

  #readMap(pairs: readonly Pair[], path: Path): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const place = this.#at(key?.range?.[0] ?? 0);
      const name = isScalar(key) ? key.value : null;
      if (typeof name !== "string" || NOT_NAMES.has(name) || name === "<<") {
        this.#refuse(place, "this is no name that a setting or an entry can have.");
        continue;
      }
      if (entries.has(name)) this.#refuse(place, `${name} stands here a second time: which is meant?`);
      const below = [...path, name];
      this.#names.set(keyOf(below), place);
      entries.set(name, this.#read(value, below));
    }
    return Object.fromEntries(entries);
  }
}

interface Pair {
  readonly key: Node | null;
  readonly value: Node | null;
}
