import { isNode, type Node, visitNodes } from "./nodes.ts";

export interface FunctionSize {
  /** As it is called in the source: of the function, or of the variable, property or method that it stands in. */
  readonly name: string;
  /** From its first line to its last, functions inside it included. */
  readonly lines: number;
}

/** What runs as one, as a function does: the static block of a class, too. */
const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "StaticBlock",
]);

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
  const found: FunctionSize[] = [];
  visitNodes(file, source, "(module)", (node, around) => {
    const name = ownName(node) ?? around;
    if (FUNCTIONS.has(node.type))
      found.push({ name, lines: source.slice(node.start, node.end).split("\n").length });
    return name;
  });
  return found;
}
