/** Paths such as `/emails/{id}`, by which a description names its operations. */

/** A segment is a name in braces, or plain text. */
export const TEMPLATE = /^(?:\/(?:\{\w+\}|[A-Za-z0-9._~-]+))+$/;

/** One segment as a client may send it: unreserved characters alone (RFC 3986, section 2.3), so that one path has one spelling. */
const SEGMENT = /^[A-Za-z0-9._~@:+-]+$/;

export interface PathTemplate {
  /** The values of its names; null when the path is another one. */
  match(path: string): Readonly<Record<string, string>> | null;
}

export function compileTemplate(template: string): PathTemplate {
  const parts = template.split("/").slice(1);
  return {
    match(path) {
      const segments = path.split("/").slice(1);
      if (segments.length !== parts.length) return null;
      const values: Record<string, string> = Object.create(null);
      for (const [index, part] of parts.entries()) {
        const segment = segments[index] ?? "";
        // A relative reference would be another path to who resolves it (RFC 3986, section 5.2.4).
        if (!SEGMENT.test(segment) || segment === "." || segment === "..") return null;
        if (part.startsWith("{")) values[part.slice(1, -1)] = segment;
        else if (part !== segment) return null;
      }
      return values;
    },
  };
}
