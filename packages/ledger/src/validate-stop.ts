import { STOPPED_KEYS_MAX } from "./limits.ts";
import type { Stop } from "./types.ts";
import { check, checkCount, checkIdentity, checkLabels, checkTextOrNull } from "./validate.ts";

export function checkStop(stop: Stop): void {
  checkIdentity(stop.id, "id");
  checkCount(stop.at, "at");
  checkTextOrNull(stop.role, "role");
  checkTextOrNull(stop.agent, "agent");
  checkTextOrNull(stop.reason, "reason");
  checkLabels(stop.labels);
  const { vaultKeyIds: ids } = stop;
  check(
    Array.isArray(ids) && ids.length <= STOPPED_KEYS_MAX,
    `vaultKeyIds must be at most ${STOPPED_KEYS_MAX}`,
  );
  for (const id of ids) checkIdentity(id, "vaultKeyIds");
}
