import { isNode, visitNodes } from "./nodes.ts";

/** What names a module: imports and re-exports at the start, imports later, and types in place. */
const IMPORTS: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/**
 * The module names a source imports or re-exports, types included, however that is written. Of a name that is made at
 * run time nothing can be told. The file's name says how the source is read. Throws when it does not parse.
 */
export function importsOf(source: string, file = "source.ts"): string[] {
  const found: string[] = [];
  visitNodes(file, source, null, (node) => {
    const name =
      IMPORTS.has(node.type) && "source" in node && isNode(node.source) ? textOf(node.source) : null;
    if (name !== null) found.push(name);
    return null;
  });
  return found;
}

/** A literal, in whichever quotes. */
function textOf(node: object): string | null {
  if ("value" in node && typeof node.value === "string") return node.value;
  if (!("quasis" in node) || !Array.isArray(node.quasis) || node.quasis.length !== 1) return null;
  return node.quasis[0].value.cooked;
}
