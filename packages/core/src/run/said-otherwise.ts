import type { Success } from "../outcome.ts";
import { isRecord } from "../text.ts";
import type { WriteTool } from "../tools/tool.ts";
import { TOOL_TABLE } from "../tools/tools.ts";
import type { SendResult } from "../wire/send.ts";
import type { Prepared } from "./prepared.ts";

/*
 * One act has one spelling: charging June by one tool and again by another is the first one's act, in this run, in
 * another one and in another process.
 */

/** What a tool's act is called, whichever tool says it. */
export function actNameOf({ actName, operation }: WriteTool): string {
  return actName ?? operation;
}

/** The outcome of the tool that said the act first, as the answer of this one. */
export function asSaidOtherwise(first: Success): Success {
  const message = `The same act had been carried out as ${first.operation}: ${first.message} Nothing more was done. If another one is really meant, give it its own reference.`;
  return { ...first, replayed: true, message };
}

/** The words for an act that another tool sent, and of which nobody knows what became. */
export function unknownOtherwise(operation: string): string {
  return `The same act was sent as ${operation}, and whether it was carried out is unknown: use that tool.`;
}

/** The other tool that says the act by this operation; undefined when none does. */
function toolThatSays({ tool }: Prepared<WriteTool>, operation: unknown): WriteTool | undefined {
  const tools = Object.values(TOOL_TABLE).map((line) => line.tool as WriteTool);
  return tools.find(
    (other) =>
      other.write &&
      other.operation === operation &&
      other.operation !== tool.operation &&
      actNameOf(other) === actNameOf(tool),
  );
}

/** What the proxy knows of the act by another operation. */
export type KnownOtherwise =
  | { readonly kind: "made"; readonly first: Success }
  | { readonly kind: "unknown"; readonly operation: string };

/** Reads the proxy's refusal of an act that another operation has said; null for every other answer. */
export function knownOtherwise(prepared: Prepared<WriteTool>, result: SendResult): KnownOtherwise | null {
  const error = result.kind === "answer" && isRecord(result.body) ? result.body.error : null;
  const said = isRecord(error) ? error.keybrake : null;
  if (!isRecord(error) || !isRecord(said)) return null;
  const tool = toolThatSays(prepared, said.operation);
  if (tool === undefined) return null;
  const { operation } = tool;
  if (error.code === "outcome_unresolved") return { kind: "unknown", operation };
  if (error.code !== "possible_repeat" || !isRecord(said.object)) return null;
  const described = tool.describe(said.object, { input: prepared.input, replayed: true });
  if (described === null) return null;
  const first: Success = { ok: true, operation, ...described, replayed: true };
  return { kind: "made", first };
}
