import type { AuditRow, VaultKeyLease } from "@keybrake/core";
import type { LanguageModel, ToolSet } from "ai";
import { isStepCount, ToolLoopAgent } from "ai";
import { type ScriptedTurn, scriptedModel } from "./scripted-model.ts";
import type { Stage } from "./stage.ts";

/** What a scene shows of itself, and what must be true of it. */
export interface SceneResult {
  /** One or two lines for the reader: what happened. */
  readonly story: readonly string[];
  /** Statements that were checked; a false one fails the demo. */
  readonly checks: readonly Check[];
}

export interface Check {
  readonly says: string;
  readonly holds: boolean;
}

export interface Scene {
  /** Names the runs of the scene in the audit log. */
  readonly name: string;
  readonly title: string;
  play(stage: Stage, actors: Actors): Promise<SceneResult>;
}

/** Who plays the model: the script, or a real one. */
export interface Actors {
  /** Null = scripted. */
  readonly realModel: LanguageModel | null;
}

export interface Part {
  readonly instructions: string;
  readonly prompt: string;
  readonly tools: ToolSet;
  /** The turns of the scripted model; a real one ignores them. */
  readonly script: readonly ScriptedTurn[];
}

/** A billing key for one run, revoked when its scope ends. */
export function leaseBilling(stage: Stage, name: string, capUsd: number): Promise<VaultKeyLease> {
  return stage.admin.leaseVaultKey({ name, vendor: "stripe", role: "billing", daily_usd_cap: capUsd });
}

/** Runs an agent's loop to its end, with the AI SDK's own `ToolLoopAgent`. */
export async function act(
  actors: Actors,
  part: Part,
): Promise<{ readonly steps: number; readonly text: string }> {
  const agent = new ToolLoopAgent({
    model: actors.realModel ?? scriptedModel(part.script),
    instructions: part.instructions,
    tools: part.tools,
    stopWhen: isStepCount(40),
  });
  const result = await agent.generate({ prompt: part.prompt });
  return { steps: result.steps.length, text: result.text };
}

/** The audit rows of one run, oldest first. */
export async function rowsOf(stage: Stage, runId: string): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = [];
  for await (const row of stage.admin.audit.iterate({ run_id: runId })) rows.push(row);
  return rows.reverse();
}

/** Charges of one run at Stripe, by the metadata that the proxy stamped on them. */
export async function chargesOf(stage: Stage, ...runIds: readonly string[]) {
  const charges = await stage.books.charges();
  return charges.filter((charge) => runIds.includes(charge.metadata.keybrake_run ?? ""));
}

export function check(says: string, holds: boolean): Check {
  return { says, holds };
}
