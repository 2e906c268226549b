/** Paths such as `/emails/{id}`, by which a description names its operations. */

/** A segment is plain text, or has one name in braces, with text around it. */
export const TEMPLATE = /^(?:\/(?:[A-Za-z0-9._~-]*\{\w+\}[A-Za-z0-9._~-]*|[A-Za-z0-9._~-]+))+$/;

/** One segment as a client may send it: unreserved characters alone (RFC 3986, section 2.3), so that one path has one spelling. */
const SEGMENT = /^[A-Za-z0-9._~@:+-]+$/;

export interface PathTemplate {
  /** The values of its names; null when the path is another one. */
  match(path: string): Readonly<Record<string, string>> | null;
}

export function compileTemplate(template: string): PathTemplate {
  const parts = template.split("/").slice(1).map(partOf);
  return {
    match(path) {
      const segments = path.split("/").slice(1);
      if (segments.length !== parts.length) return null;
      const values: Record<string, string> = Object.create(null);
      for (const [index, part] of parts.entries()) {
        const segment = segments[index] ?? "";
        // A relative reference would be another path to who resolves it (RFC 3986, section 5.2.4).
        if (!SEGMENT.test(segment) || segment === "." || segment === "..") return null;
        const { name, before, after } = part;
        const isLongEnough = segment.length > before.length + after.length;
        if (
          name === null
            ? segment !== before
            : !isLongEnough || !segment.startsWith(before) || !segment.endsWith(after)
        )
          return null;
        if (name !== null) values[name] = segment.slice(before.length, segment.length - after.length);
      }
      return values;
    },
  };
}

/** `{sid}.json`: a name and what stands around it; plain text stands before none. */
function partOf(segment: string): {
  readonly before: string;
  readonly name: string | null;
  readonly after: string;
} {
  const [, before = "", name, after = ""] = /^([^{]*)\{(\w+)\}(.*)$/.exec(segment) ?? [];
  return name === undefined ? { before: segment, name: null, after: "" } : { before, name, after };
}
