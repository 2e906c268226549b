import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ScriptedCall } from "./types.ts";
import type { HeldKey, World } from "./world.ts";

/** Sources run as they are, and built ones beside each other, too. */
const SCRIPT = fileURLToPath(import.meta.url.replace(/second-process\.([jt]s)$/, "charge-once.$1"));

/** The same tool with the same run id, in a process that shares no memory with this one. Answers the outcome as text. */
export async function chargeInSecondProcess(
  world: World,
  key: HeldKey,
  { runId, call }: { readonly runId: string; readonly call: ScriptedCall },
): Promise<string> {
  const charge = { vaultKey: key.secret, proxyUrl: world.stack.url, runId, input: call.input };
  // Not in the arguments, which every user of a machine may read.
  const env = { ...process.env, KEYBRAKE_CHARGE: JSON.stringify(charge) };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT], { env });
  return stdout;
}
