import { parseSync } from "vite";

export interface FunctionSize {
  /** As it is called in the source: of the function, or of the variable, property or method that it stands in. */
  readonly name: string;
  /** From its first line to its last, functions inside it included. */
  readonly lines: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** `id` of declarations, `key` of properties and methods. */
function ownName(node: Node): string | undefined {
  for (const [field, value] of Object.entries(node)) {
    if (field !== "id" && field !== "key") continue;
    if (isNode(value) && "name" in value && typeof value.name === "string") return value.name;
  }
  return undefined;
}

/** Every function of a TypeScript source, outer ones first. Throws when the source does not parse. */
export function functionsOf(file: string, source: string): FunctionSize[] {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const found: FunctionSize[] = [];
  const visit = (value: unknown, around: string): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, around);
    if (!isNode(value)) return;
    const name = ownName(value) ?? around;
    if (FUNCTIONS.has(value.type))
      found.push({ name, lines: source.slice(value.start, value.end).split("\n").length });
    for (const child of Object.values(value)) visit(child, name);
  };
  visit(program, "(module)");
  return found;
}
