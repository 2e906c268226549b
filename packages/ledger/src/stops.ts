import type { Stop, StoppedCaller } from "./types.ts";

/** Whether a stop speaks against a call. */
export function stopCovers(
  { role, agent, labels, vaultKeyIds }: Pick<Stop, "role" | "agent" | "labels" | "vaultKeyIds">,
  caller: StoppedCaller,
): boolean {
  if (role !== null && caller.role !== role) return false;
  for (const name in labels) if (caller.labels[name] !== labels[name]) return false;
  return agent === null || caller.agent === agent || vaultKeyIds.includes(caller.vaultKeyId);
}
