/**
 * Writes src/vendors/stripe/generated/operations.generated.ts, the table of every Stripe operation, from the
 * installed `stripe` package:
 *
 *     node packages/proxy/scripts/generate-operations.ts            rewrite the table
 *     node packages/proxy/scripts/generate-operations.ts --check    fail when the table is stale
 *
 * It walks the resources of a client and reads verb and path from each method's own source, so the names are
 * the ones that stripe-node users write (`charges.create`). Which operations accept `metadata` comes from the
 * package's declaration files. No network is touched.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";

const TARGET = fileURLToPath(
  new URL("../src/vendors/stripe/generated/operations.generated.ts", import.meta.url),
);

interface FoundOperation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly kind: string | null;
  readonly base: string | null;
  readonly streaming: boolean;
}

/** `.../v1/charges/${encodeURIComponent(id)}` becomes `.../v1/charges/{id}`. */
function readRequest(source: string): Omit<FoundOperation, "name"> | null {
  const request = /_makeRequest\(\s*['"]([A-Z]+)['"],\s*(['"`])(.*?)\2/s.exec(source);
  if (request === null) return null;
  const [, method = "", , rawPath = ""] = request;
  return {
    method,
    path: rawPath.replaceAll(/\$\{\s*encodeURIComponent\((\w+)\)\s*\}/g, "{$1}"),
    kind: /methodType:\s*['"](\w+)['"]/.exec(source)?.[1] ?? null,
    base: /apiBase:\s*['"](\w+)['"]/.exec(source)?.[1] ?? null,
    streaming: /streaming:\s*true/.test(source),
  };
}

/** Every operation of a client, found by walking its resources and namespaces. */
function walk(node: object, prefix: readonly string[], found: FoundOperation[]): void {
  const prototype: object | null = Object.getPrototypeOf(node);
  if (prefix.length > 0 && prototype !== null && prototype !== Object.prototype) {
    for (const key of Object.getOwnPropertyNames(prototype)) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
      if (key === "constructor" || typeof method !== "function") continue;
      const request = readRequest(method.toString());
      if (request !== null) found.push({ name: [...prefix, key].join("."), ...request });
    }
  }
  for (const [key, child] of Object.entries(node)) {
    // `stripe` and names with an underscore point back at the client and at its inner machinery.
    if (key.startsWith("_") || key === "stripe" || typeof child !== "object" || child === null) continue;
    walk(child, [...prefix, key], found);
  }
}

/** `METHOD path name` of each operation that accepts a top-level `metadata`, read from the declarations. */
function metadataOperations(resourcesFolder: string): Set<string> {
  const accepting = new Set<string>();
  for (const file of readdirSync(resourcesFolder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const source = readFileSync(join(resourcesFolder, file), "utf8");
    const declarations = readFileSync(join(resourcesFolder, `${file.slice(0, -3)}.d.ts`), "utf8");
    for (const part of source.split(/\n {4}(?=\w+\([^)]*\) \{)/).slice(1)) {
      const name = /^\w+/.exec(part)?.[0] ?? "";
      const request = readRequest(part);
      if (request === null) continue;
      const signature = new RegExp(`\\n {4}${name}\\(([^;]*?)\\): `).exec(declarations)?.[1] ?? "";
      const paramsType = /params\??: (?:\w+\.)*(\w+)/.exec(signature)?.[1];
      if (paramsType !== undefined && acceptsMetadata(declarations, paramsType)) {
        accepting.add(`${request.method} ${request.path} ${name}`);
      }
    }
  }
  return accepting;
}

function acceptsMetadata(declarations: string, interfaceName: string): boolean {
  const start = new RegExp(`\\n( *)(?:export )?interface ${interfaceName}\\b[^{]*\\{`).exec(declarations);
  if (start === null) return false;
  const indent = start[1] ?? "";
  const end = declarations.indexOf(`\n${indent}}`, start.index + 1);
  return new RegExp(`\\n${indent} {4}metadata\\??:`).test(declarations.slice(start.index, end));
}

function renderOperation(operation: FoundOperation, accepting: ReadonlySet<string>): string {
  const method = operation.name.slice(operation.name.lastIndexOf(".") + 1);
  const fields = [
    `name: ${JSON.stringify(operation.name)}`,
    `method: ${JSON.stringify(operation.method)}`,
    `path: ${JSON.stringify(operation.path)}`,
  ];
  if (operation.kind !== null) fields.push(`kind: ${JSON.stringify(operation.kind)}`);
  if (operation.base !== null) fields.push(`base: ${JSON.stringify(operation.base)}`);
  if (operation.streaming) fields.push("streaming: true");
  if (accepting.has(`${operation.method} ${operation.path} ${method}`)) fields.push("metadata: true");
  return `  { ${fields.join(", ")} },`;
}

function render(): string {
  const packageRoot = dirname(dirname(fileURLToPath(import.meta.resolve("stripe"))));
  const version = readFileSync(join(packageRoot, "VERSION"), "utf8").trim();
  const found: FoundOperation[] = [];
  walk(new Stripe("sk_test_x"), [], found);
  // `stripe.account` is an alias of `stripe.accounts`: of two names for one route the longer one is kept.
  const byRoute = new Map<string, FoundOperation>();
  for (const operation of found) {
    const route = `${operation.method} ${operation.path}`;
    const other = byRoute.get(route);
    if (other === undefined || other.name.length < operation.name.length) byRoute.set(route, operation);
  }
  const operations = [...byRoute.values()].toSorted((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
  if (operations.length < 600)
    throw new Error(`only ${operations.length} operations found: the walk is broken`);
  const accepting = metadataOperations(join(packageRoot, "esm", "resources"));
  return `// Generated by packages/proxy/scripts/generate-operations.ts. Do not edit.
//
// Derived from the npm package \`stripe\` ${version}, which is under the MIT license:
// Copyright (C) 2011 Ask Bjørn Hansen
// Copyright (C) 2013 Stripe, Inc. (https://stripe.com)
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
// documentation files (the "Software"), to deal in the Software without restriction, including without
// limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
// the Software, and to permit persons to whom the Software is furnished to do so, subject to the following
// conditions: The above copyright notice and this permission notice shall be included in all copies or
// substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
// EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR
// PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
// DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
// CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

/** Version of the \`stripe\` package this table was made from. */
export const STRIPE_PACKAGE_VERSION = ${JSON.stringify(version)};

/** One row of the table; what is absent is the usual: host api.stripe.com, JSON answer, no metadata. */
export interface GeneratedOperation {
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly kind?: "list" | "search";
  readonly base?: "files" | "connect" | "meter_events";
  readonly streaming?: true;
  readonly metadata?: true;
}

/** All operations of Stripe's v1 and v2 APIs that stripe-node knows, by name. */
export const GENERATED_OPERATIONS: readonly GeneratedOperation[] = [
${operations.map((operation) => renderOperation(operation, accepting)).join("\n")}
];
`;
}

const rendered = render();
if (process.argv.includes("--check")) {
  let current = "";
  try {
    current = readFileSync(TARGET, "utf8");
  } catch {
    // Absent is stale.
  }
  if (current !== rendered) {
    console.error("operations.generated.ts is stale: run node packages/proxy/scripts/generate-operations.ts");
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, rendered);
}
