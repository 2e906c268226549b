import type {
  Additions,
  EncodedBody,
  Headers,
  Reserved,
  Route,
  Unreadable,
  Unresolved,
  VendorRequest,
} from "../vendor.ts";
import { type DescribedOperation, type Description, isWriting } from "./description.ts";
import { type Fields, isFields, parseFields, valueAt } from "./fields.ts";
import { compileTemplate, type PathTemplate } from "./path-template.ts";

/** Requests of a declared vendor: read once, and made anew from what was read. */

export interface DeclaredRoute extends Route {
  readonly described: DescribedOperation;
  /** The values of the path's names. */
  readonly named: Fields;
  readonly query: string;
}

export interface DeclaredRequest extends VendorRequest {
  readonly described: DescribedOperation;
  /** Of the body; of a read, of the query. */
  readonly fields: Fields;
  /** Those, and the path's. */
  readonly params: Fields;
}

export interface Requests {
  resolve(method: string, target: string): DeclaredRoute | Unresolved;
  decode(route: DeclaredRoute, headers: Headers, body: string): DeclaredRequest | Unreadable;
  encode(request: DeclaredRequest, additions: Additions): EncodedBody;
  reserved(request: DeclaredRequest): Reserved | null;
}

export function createRequests(description: Description): Requests {
  const known = Object.entries(description.operations).map(([name, described]) => ({
    operation: { name, method: described.method, write: isWriting(described) },
    described,
    template: compileTemplate(described.path),
  }));
  const begin = `/${description.name}`;
  // With a path of its own, the base address is below its origin.
  const base = new URL(description.base_url).pathname.replace(/\/$/, "");

  return {
    resolve(method, target) {
      const [path = "", query = ""] = splitOnce(target, "?");
      const below = path.startsWith(`${begin}/`) ? path.slice(begin.length) : null;
      const found = below === null ? null : find(known, method, below);
      if (below === null || found === null) {
        const reason = `${description.title}'s description has no ${method} of this path.`;
        return { ok: false, reason };
      }
      const { operation, described, named } = found;
      return { ok: true, operation, path: `${base}${below}`, described, named, query };
    },

    decode({ operation, described, named, path, query }, _headers, body) {
      const refused = (reason: string): Unreadable => ({ ok: false, reason });
      if (operation.write && query !== "")
        return refused("A write has its parameters in its body, not in a query.");
      const fields = operation.write ? readBody(description.body, body) : readForm(query);
      if (fields === null)
        return refused(
          `Its parameters must be ${operation.write && description.body === "json" ? "a JSON object" : "a form in which none is given twice"}.`,
        );
      const unknown = Object.keys(fields).find((name) => described.parameters?.includes(name) === false);
      if (unknown !== undefined)
        return refused(
          `The description of ${operation.name} does not know the parameter ${unknown}, which could change what it does.`,
        );
      const twice = Object.keys(named).find((name) => Object.hasOwn(fields, name));
      if (twice !== undefined) return refused(`${twice} stands in the path, and among the parameters again.`);
      const target = !operation.write && query !== "" ? `${path}?${writeForm(fields)}` : path;
      return { ok: true, operation, path, target, described, fields, params: { ...fields, ...named } };
    },

    encode({ operation, described, fields }, { inject, stamp }) {
      if (!operation.write) return { body: null, contentType: null };
      const whole = { ...fields, ...inject };
      const stamped = described.cost === "free" ? whole : stampInto(description, whole, stamp);
      if (description.body === "json")
        return { body: JSON.stringify(stamped), contentType: "application/json" };
      return { body: writeForm(stamped), contentType: "application/x-www-form-urlencoded" };
    },

    reserved({ fields }) {
      const { stamp, title } = description;
      if (stamp === undefined) return null;
      const given = valueAt(fields, stamp.param);
      const names = Array.isArray(given)
        ? given.map((pair) => (isFields(pair) ? String(pair.name) : ""))
        : Object.keys(isFields(given) ? given : {});
      const name = names.find((one) => one.toLowerCase().startsWith(stamp.prefix));
      if (name === undefined) return null;
      const reason = `What begins with ${stamp.prefix} among ${title}'s ${stamp.param} is set by the proxy.`;
      return { param: `${stamp.param}.${name}`, reason };
    },
  };
}

interface Known {
  readonly operation: Route["operation"];
  readonly described: DescribedOperation;
  readonly template: PathTemplate;
}

/** A path that says its words wins over one that has a name in their place, in whatever order they stand. */
function find(known: readonly Known[], method: string, path: string): (Known & { named: Fields }) | null {
  let found: (Known & { named: Fields }) | null = null;
  for (const one of known) {
    if (one.operation.method !== method) continue;
    const named = one.template.match(path);
    const isCloser = found === null || Object.keys(named ?? {}).length < Object.keys(found.named).length;
    if (named !== null && isCloser) found = { ...one, named };
  }
  return found;
}

function stampInto({ stamp: place }: Description, fields: Fields, stamp: Additions["stamp"]): Fields {
  if (place === undefined) return fields;
  const notes = { [`${place.prefix}key`]: stamp.key, [`${place.prefix}call`]: stamp.call };
  const given = valueAt(fields, place.param);
  if (place.as === "map")
    return { ...fields, [place.param]: { ...(isFields(given) ? given : {}), ...notes } };
  const pairs = Object.entries(notes).map(([name, value]) => ({ name, value }));
  return { ...fields, [place.param]: [...(Array.isArray(given) ? given : []), ...pairs] };
}

function readBody(kind: Description["body"], body: string): Fields | null {
  if (body === "") return {};
  return kind === "json" ? parseFields(body) : readForm(body);
}

/** Null when a name is given twice: which of them would the vendor obey? */
function readForm(text: string): Fields | null {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(fields, name)) return null;
    fields[name] = value;
  }
  return fields;
}

function writeForm(fields: Fields): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  return form.toString();
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
