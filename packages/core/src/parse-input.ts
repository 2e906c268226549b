import { INPUT_FIELDS, INPUT_SCHEMAS, type ToolInput } from "./inputs.ts";
import type { ToolName } from "./roles.ts";
import { isRecord } from "./text.ts";

export type ParsedInput<N extends ToolName> =
  | { readonly ok: true; readonly value: ToolInput<N> }
  /** `problem` names the field and what is wrong with it; it holds no value of the input. */
  | { readonly ok: false; readonly problem: string };

/** Problems named in one answer; a model corrects a few at a time. */
const PROBLEMS_SHOWN = 5;

/** The input with every absent field as null, since models leave out what may be null. */
function withNulls(tool: ToolName, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const complete: Record<string, unknown> = Object.create(null);
  for (const field of INPUT_FIELDS.get(tool) ?? []) complete[field] = null;
  for (const field of Object.keys(input)) {
    if (input[field] !== undefined) complete[field] = input[field];
  }
  return complete;
}

/**
 * Validates what a model (or a framework that validates nothing) hands to a tool. Absent fields are null;
 * unknown fields are refused, because a field that is ignored might have been meant. Never throws.
 */
export function parseInput<N extends ToolName>(tool: N, input: unknown): ParsedInput<N> {
  try {
    const given = input ?? {};
    if (!isRecord(given)) return { ok: false, problem: "the input must be an object" };
    const parsed = INPUT_SCHEMAS[tool].safeParse(withNulls(tool, given));
    if (parsed.success) return { ok: true, value: parsed.data as ToolInput<N> };
    const problems = parsed.error.issues.slice(0, PROBLEMS_SHOWN).map((issue) => {
      const field = issue.path.join(".");
      if (field !== "" && given[field] === undefined) return `${field} is required`;
      return field === "" ? issue.message : `${field}: ${issue.message}`;
    });
    return { ok: false, problem: problems.join("; ") };
  } catch {
    // A getter or proxy of the caller threw.
    return { ok: false, problem: "the input cannot be read" };
  }
}
