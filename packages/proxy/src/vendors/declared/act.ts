import { hash } from "node:crypto";
import type { Act, ActContext } from "../act.ts";
import { type Fields, isFields, valueAt } from "./fields.ts";
import type { DeclaredRequest } from "./request.ts";

/** Two calls are one act when they agree in what the description calls its identity; the rest words it. */
export function actOf({ operation, path, described, params }: DeclaredRequest, context: ActContext): Act {
  const { agentAct, includes } = context;
  const digest = (content: unknown) => hash("sha256", JSON.stringify([operation.name, content, agentAct]));
  const wording = digest([path, canonical(params)]);
  const { identity: names } = described;
  const identity =
    names === undefined
      ? wording
      : digest([...names, ...includes].map((name) => canonical(valueAt(params, name) ?? null)));
  return { identity, terms: wording, wording, shared: wording, spellings: [], endsWithDelivery: false };
}

/** As nested pairs sorted by name, texts in one Unicode form without blanks around them. */
function canonical(value: unknown): unknown {
  if (typeof value === "string") return value.normalize("NFC").trim();
  if (Array.isArray(value)) return value.map(canonical);
  if (!isFields(value)) return value;
  return pairsOf(value);
}

function pairsOf(value: Fields): unknown {
  const names = Object.keys(value).toSorted();
  return ["object", ...names.map((name) => [name, canonical(value[name])])];
}
