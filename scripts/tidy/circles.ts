import { dirname, join } from "node:path";
import { importsOf } from "./imports.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** Which of these files each imports by a relative path, for its types too, at the start or later. */
export function importGraph(sources: ReadonlyMap<string, string>): Graph {
  return new Map(
    [...sources].map(([file, source]) => {
      const relative = importsOf(source, file).filter((name) => name.startsWith("."));
      return [file, relative.map((name) => join(dirname(file), name)).filter((name) => sources.has(name))];
    }),
  );
}

function reachedFrom(graph: Graph, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const next of graph.get(file) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}

/** The sets of files that all import each other, directly or through others; each sorted. */
export function circlesOf(graph: Graph): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(graph, file)]));
  const circles: string[][] = [];
  for (const [file, others] of reached) {
    if (!others.has(file) || circles.some((circle) => circle.includes(file))) continue;
    circles.push([...others].filter((other) => reached.get(other)?.has(file)).sort());
  }
  return circles;
}
