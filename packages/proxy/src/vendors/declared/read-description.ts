import { z } from "zod";
import { type Description, descriptionSchema } from "./description.ts";

/** What is wrong with a description, in words. */
export interface Problem {
  /** Where: `operations.emails.send.cost`. Empty for the whole. */
  readonly at: string;
  readonly message: string;
}

export type ReadDescription =
  | { readonly ok: true; readonly description: Description }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A description from data, as JSON or YAML has it. */
export function readDescription(data: unknown): ReadDescription {
  const read = descriptionSchema.safeParse(data);
  if (read.success) return { ok: true, description: read.data };
  const problems = read.error.issues.map(({ path, message }) => ({ at: path.join("."), message }));
  return { ok: false, problems };
}

/** For editors: the JSON schema of a description. */
export function descriptionJsonSchema(): object {
  return z.toJSONSchema(descriptionSchema, { io: "input" });
}
