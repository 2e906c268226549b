import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Where the processes of a measurement run: a prefix of the command line for each side, empty for "anywhere". */
export interface Placement {
  readonly name: "pinned" | "free";
  /** The process under test. */
  readonly measured: readonly string[];
  /** Load generator and upstream. */
  readonly load: readonly string[];
}

export const FREE: Placement = { name: "free", measured: [], load: [] };

/** `0-2,5` → 0, 1, 2, 5. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(",")
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** The cores that this process may use; none where the system does not say. */
function allowedCores(): number[] {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return parseCores(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  } catch {
    return [];
  }
}

/**
 * The process under test alone on one core, everything else on another: so that what the load costs is not charged to
 * it. Null where that cannot be had (one core, or no `taskset`, as on macOS).
 */
export function pinnedPlacement(): Placement | null {
  const [first, second] = allowedCores();
  if (first === undefined || second === undefined) return null;
  if (spawnSync("taskset", ["--version"]).status !== 0) return null;
  return {
    name: "pinned",
    measured: ["taskset", "-c", String(first)],
    load: ["taskset", "-c", String(second)],
  };
}
