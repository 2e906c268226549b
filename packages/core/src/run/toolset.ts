import type { z } from "zod";
import { KeybrakeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Outcome } from "../outcome.ts";
import { jsonSchemaOf } from "../tools/json-schema.ts";
import type { Tool } from "../tools/tool.ts";
import {
  type InputSchema,
  ROLES,
  type Role,
  type RoleToolName,
  type ToolInput,
  type ToolName,
  toolOf,
  type WriteToolName,
} from "../tools/tools.ts";
import { SYSTEM_FETCH, SYSTEM_RUNTIME } from "../wire/environment.ts";
import { type Binding, makeBinding } from "./binding.ts";
import { checkInteger } from "./checks.ts";
import { executeTool } from "./execute.ts";
import type { ToolContext, ToolsetOptions } from "./options.ts";
import { createRun, MAX_WRITES_RANGE, type Run } from "./run.ts";

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
  readonly inputSchema: InputSchema<N> & z.ZodType<ToolInput<N>>;
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

/** A definition as callers have it. What distinguishes one tool from another is in its own file, and not here. */
export function bindTool(name: ToolName, tool: Tool, binding: Binding): KeybrakeTool {
  const { title, description, input: inputSchema, write } = tool;
  return Object.freeze({
    name,
    title,
    description,
    inputSchema,
    inputJsonSchema: () => jsonSchemaOf(inputSchema),
    write,
    annotations: Object.freeze({ readOnlyHint: !write, destructiveHint: write, idempotentHint: true }),
    execute: (input: unknown, context?: ToolContext) =>
      executeTool({ name, tool, binding, input, context: context ?? {} }),
  }) as KeybrakeTool;
}

function makeToolset(role: Role, names: readonly ToolName[], binding: Binding): Toolset {
  return Object.freeze({
    role,
    run: binding.run,
    tools: Object.freeze(names.map((name) => bindTool(name, toolOf(name), binding))),
    readOnly: () =>
      makeToolset(
        role,
        names.filter((name) => !toolOf(name).write),
        binding,
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
  const binding = makeBinding(chooseRun(options), {
    ...options,
    fetch: options.fetch ?? SYSTEM_FETCH,
    runtime: { ...SYSTEM_RUNTIME, ...runtime },
    timeoutMs:
      timeoutMs === undefined
        ? LIMITS.timeoutMs
        : checkInteger(timeoutMs, "timeoutMs", { min: 1, max: LIMITS.timeoutMaxMs }),
    maxWrites: maxWrites === undefined ? null : checkInteger(maxWrites, "maxWrites", MAX_WRITES_RANGE),
  });
  return makeToolset(role, names, binding) as unknown as Toolset<N>;
}
