import type { z } from "zod";
import { isRecord } from "../text.ts";
import type { AcceptedInput } from "./tool.ts";
import { type ToolInput, type ToolName, toolOf } from "./tools.ts";

type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `problem` names the field and what is wrong with it; it holds no value of the input. */
  | { readonly ok: false; readonly problem: string };

export type ParsedInput<N extends ToolName> = Parsed<ToolInput<N>>;

/** Problems named in one answer; a model corrects a few at a time. */
const PROBLEMS_SHOWN = 5;

/** The input with every absent field as null, since models leave out what may be null. */
function withNulls(schema: z.ZodObject, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const complete: Record<string, unknown> = Object.create(null);
  for (const field of Object.keys(schema.shape)) complete[field] = null;
  for (const field of Object.keys(input)) {
    if (input[field] !== undefined) complete[field] = input[field];
  }
  return complete;
}

/** `parseInput` for any tool's schema. */
export function parseWith(schema: z.ZodObject, input: unknown): Parsed<AcceptedInput> {
  try {
    const given = input ?? {};
    if (!isRecord(given)) return { ok: false, problem: "the input must be an object" };
    const parsed = schema.safeParse(withNulls(schema, given));
    // The schemas of the tools have texts, numbers and null in them, and nothing else.
    if (parsed.success) return { ok: true, value: parsed.data as AcceptedInput };
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

/**
 * Validates what a model (or a framework that validates nothing) hands to a tool. Absent fields are null;
 * unknown fields are refused, because a field that is ignored might have been meant. Never throws.
 */
export function parseInput<N extends ToolName>(tool: N, input: unknown): ParsedInput<N> {
  // The table pairs each name with its own schema; the compiler cannot follow a union through it.
  return parseWith(toolOf(tool).input, input) as ParsedInput<N>;
}
