/** What a field of a control request may hold; with `?`, it may be absent. */
type FieldKind = "string" | "string?" | "count" | "count?" | readonly string[];

function kindProblem(name: string, kind: FieldKind, value: unknown): string | null {
  if (typeof kind !== "string") {
    return kind.some((word) => word === value) ? null : `${name} must be one of ${kind.join(", ")}`;
  }
  if (value === undefined) return kind.endsWith("?") ? null : `${name} is missing`;
  if (kind.startsWith("string")) return typeof value === "string" ? null : `${name} must be a string`;
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0;
  return isCount ? null : `${name} must be an integer from 0`;
}

/** Says what is wrong with the body of a control request, or null. */
export function bodyProblem(body: unknown, fields: Readonly<Record<string, FieldKind>>): string | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "a JSON object is expected";
  const given: Record<string, unknown> = { ...body };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return `unknown field: ${unknown}`;
  for (const [name, kind] of Object.entries(fields)) {
    const problem = kindProblem(name, kind, given[name]);
    if (problem !== null) return problem;
  }
  return null;
}
