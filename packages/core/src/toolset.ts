import type { z } from "zod";
import { type Caller, makeCaller } from "./caller.ts";
import { SYSTEM_FETCH, SYSTEM_RUNTIME } from "./environment.ts";
import { KeybrakeError } from "./errors.ts";
import { executeTool } from "./execute.ts";
import { INPUT_SCHEMAS, inputJsonSchema, type ToolInput } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import type { ToolContext, ToolsetOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { ROLES, type Role, TOOLS, type ToolName } from "./roles.ts";
import { checkInteger, createRun, MAX_WRITES_RANGE, type Run } from "./run.ts";
import { TOOL_SPECS } from "./tool-specs.ts";

/** The tools of a role, by name. */
export type RoleToolName<R extends Role = Role> = (typeof ROLES)[R][number];

/** The tools that move money. */
export type WriteToolName = {
  [N in ToolName]: (typeof TOOLS)[N]["write"] extends true ? N : never;
}[ToolName];

export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
}

interface ToolOf<N extends ToolName> {
  readonly name: N;
  /** For people. */
  readonly title: string;
  /** For the model. */
  readonly description: string;
  readonly inputSchema: (typeof INPUT_SCHEMAS)[N] & z.ZodType<ToolInput<N>>;
  /** The same as JSON Schema draft 7. */
  readonly inputJsonSchema: () => Readonly<Record<string, unknown>>;
  /** True: moves money. */
  readonly write: boolean;
  readonly annotations: ToolAnnotations;
  /** Validates, calls and explains. Never throws, whatever the input. */
  readonly execute: (input: unknown, context?: ToolContext) => Promise<Outcome>;
}

/** A tool without a framework. */
export type KeybrakeTool<N extends ToolName = ToolName> = { [K in N]: ToolOf<K> }[N];

export interface Toolset<N extends ToolName = ToolName> {
  readonly role: Role;
  readonly run: Run;
  readonly tools: readonly KeybrakeTool<N>[];
  /** The tools that move nothing: safe for parallel planners. */
  readonly readOnly: () => Toolset<Exclude<N, WriteToolName>>;
}

function makeTool(name: ToolName, caller: Caller): KeybrakeTool {
  const spec = TOOL_SPECS[name];
  const { write } = TOOLS[name];
  return Object.freeze({
    name,
    title: spec.title,
    description: spec.description,
    inputSchema: INPUT_SCHEMAS[name],
    inputJsonSchema: () => inputJsonSchema(name),
    write,
    annotations: Object.freeze({ readOnlyHint: !write, destructiveHint: write, idempotentHint: true }),
    execute: (input: unknown, context?: ToolContext) =>
      executeTool({ name, caller, input, context: context ?? {} }),
  }) as KeybrakeTool;
}

function makeToolset(role: Role, names: readonly ToolName[], caller: Caller): Toolset {
  return Object.freeze({
    role,
    run: caller.run,
    tools: Object.freeze(names.map((name) => makeTool(name, caller))),
    readOnly: () =>
      makeToolset(
        role,
        names.filter((name) => !TOOLS[name].write),
        caller,
      ) as Toolset<never>,
  });
}

function chooseTools(role: Role, only: readonly string[] | undefined): readonly ToolName[] {
  const names: readonly ToolName[] = ROLES[role];
  if (only === undefined) return names;
  const unknown = only.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) {
    const message = `The role ${role} has no tool '${String(unknown).slice(0, 60)}'. It has: ${names.join(", ")}.`;
    throw new KeybrakeError({ code: "tool_unknown", message });
  }
  return names.filter((name) => only.includes(name));
}

function chooseRun(options: ToolsetOptions): Run {
  const { run, runId, agent, conversationId } = options;
  if (run === undefined) return createRun({ runId, agent, conversationId });
  if (runId !== undefined && runId !== run.runId) {
    throw new KeybrakeError({ code: "invalid_options", message: "Give either run or runId: they differ." });
  }
  return run;
}

/**
 * The tools of a role, bound to a vault key that nothing they return, throw or print ever shows. No network.
 * Throws `KeybrakeError` (`raw_stripe_key`, `invalid_options`, `proxy_url_missing`, `proxy_url_invalid`,
 * `tool_unknown`) when the options are wrong.
 *
 * @example
 * const toolset = createToolset("billing", { vaultKey, proxyUrl: "http://127.0.0.1:8787" });
 */
export function createToolset<R extends Role, const N extends RoleToolName<R> = RoleToolName<R>>(
  role: R,
  options: ToolsetOptions<N>,
): Toolset<N> {
  if (!Object.hasOwn(ROLES, role)) {
    throw new KeybrakeError({
      code: "invalid_options",
      message: `There is no role '${String(role).slice(0, 60)}'.`,
    });
  }
  const names = chooseTools(role, options.only);
  const { timeoutMs, maxWrites, runtime } = options;
  const caller = makeCaller(chooseRun(options), {
    ...options,
    fetch: options.fetch ?? SYSTEM_FETCH,
    runtime: { ...SYSTEM_RUNTIME, ...runtime },
    timeoutMs:
      timeoutMs === undefined
        ? LIMITS.timeoutMs
        : checkInteger(timeoutMs, "timeoutMs", { min: 1, max: LIMITS.timeoutMaxMs }),
    maxWrites: maxWrites === undefined ? null : checkInteger(maxWrites, "maxWrites", MAX_WRITES_RANGE),
  });
  return makeToolset(role, names, caller) as unknown as Toolset<N>;
}
