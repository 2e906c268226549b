import type { z } from "zod";
import type { Described, Json } from "../outcome.ts";
import type { FormParams } from "../wire/form.ts";
import type { SimulatedAnswer, SimulatedStripe } from "./shared/simulated-stripe.ts";

/** What makes two calls the same business act. Its wording (description, reason) is not part of it. */
export interface ActIdentity {
  readonly [field: string]: string | number | null;
}

/** A 2xx body of Stripe's, not yet looked at. */
export type Body = Readonly<Record<string, unknown>>;

/**
 * All that distinguishes one tool from another; pure. The functions are written as methods, so that a tool with an
 * input of its own fits where any tool is meant: what they are given has passed the schema beside them.
 */
interface ToolParts<S extends z.ZodObject> {
  /** For people. */
  readonly title: string;
  /** For the model. */
  readonly description: string;
  /** Refuses unknown fields. What may be left out is `.nullable()`, not `.optional()` (shared/fields.ts says why). */
  readonly input: S;
  /** The operation that the vault key needs, as in the table of all Stripe operations: `charges.create`. */
  readonly operation: string;
  /** What Stripe's dashboard calls its resource among a restricted key's permissions (docs.stripe.com/keys/restricted-api-keys). */
  readonly permission: string;
  /** `path` is below `/v1`, ids included: `/charges/ch_1`. */
  request(input: z.infer<S>): { readonly path: string; readonly params?: FormParams };
  /** Null when the body is not what this request is answered with. */
  describe(body: Body, context: { readonly input: z.infer<S>; readonly replayed: boolean }): Described | null;
}

/** `params` are those of the request, with a further page's cursor. */
interface ReadParts<S extends z.ZodObject> extends ToolParts<S> {
  /** Pages of a list that are read into one answer; 1 when absent. */
  readonly pages?: number;
  /** Another list that the answer needs, read after the first in as many pages: `describe` finds it as `also` of the body. */
  readonly also?: Pick<ReadParts<S>, "operation" | "permission" | "request" | "simulate">;
  simulate(
    stripe: SimulatedStripe,
    call: { readonly input: z.infer<S>; readonly params: FormParams },
  ): SimulatedAnswer;
}

interface WriteParts<S extends z.ZodObject> extends ToolParts<S> {
  /** The business act: calls that are equal in it are one. */
  act(input: z.infer<S>): ActIdentity;
  /** What the act is called, whichever tool says it; its operation when absent. */
  readonly actName?: string;
  /** `act` names the act across tools and runs. */
  simulate(
    stripe: SimulatedStripe,
    call: { readonly input: z.infer<S>; readonly params: FormParams; readonly act: string },
  ): SimulatedAnswer;
}

/** A tool that changes nothing. */
export interface ReadTool<S extends z.ZodObject = z.ZodObject> extends ReadParts<S> {
  readonly write: false;
}

/** A tool that moves money. */
export interface WriteTool<S extends z.ZodObject = z.ZodObject> extends WriteParts<S> {
  readonly write: true;
}

export type Tool = ReadTool | WriteTool;

/** `util.inspect` with `showHidden` breaks a Zod schema whose lazy parts nobody has used yet: this uses them. */
function used<S extends z.ZodObject>(schema: S): S {
  Object.keys(schema.shape);
  schema.safeParse({});
  return schema;
}

export function readTool<S extends z.ZodObject>(parts: ReadParts<S>): ReadTool<S> {
  return { ...parts, input: used(parts.input), write: false };
}

export function writeTool<S extends z.ZodObject>(parts: WriteParts<S>): WriteTool<S> {
  return { ...parts, input: used(parts.input), write: true };
}

/** An input that a tool's schema has accepted: JSON, with every field there. */
export type AcceptedInput = Readonly<Record<string, Json>>;

/** A Stripe request as plain data. */
export interface StripeRequest {
  readonly operation: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly params: FormParams;
}

export function requestOf(
  tool: Pick<Tool, "operation" | "request" | "write">,
  input: AcceptedInput,
): StripeRequest {
  const { path, params = {} } = tool.request(input);
  return { operation: tool.operation, method: tool.write ? "POST" : "GET", path, params };
}

/** What a vault key and a restricted key need for a tool: each of its requests' operation, with its permission. */
export function accessOf(tool: Tool): readonly Pick<Tool, "operation" | "permission">[] {
  return tool.write || tool.also === undefined ? [tool] : [tool, tool.also];
}
