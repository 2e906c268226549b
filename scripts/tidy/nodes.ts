import { parseSync } from "vite";

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/**
 * Calls `visit` with every node of a TypeScript source, outer ones first, and with what it returned for the node around
 * it. Throws when the source does not parse.
 */
export function visitNodes<Context>(
  file: string,
  source: string,
  start: Context,
  visit: (node: Node, around: Context) => Context,
): void {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const enter = (value: unknown, around: Context): void => {
    if (Array.isArray(value)) for (const one of value) enter(one, around);
    if (!isNode(value)) return;
    const inside = visit(value, around);
    for (const child of Object.values(value)) enter(child, inside);
  };
  enter(program, start);
}
