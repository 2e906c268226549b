import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform, tmpdir, totalmem } from "node:os";

/** Where a result was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The stores lie on a memory file system: what a durable commit costs is then not in the figures. */
  readonly storeInMemory: boolean;
  /** Processes that wanted a core in the minute before, on average. Ours were not among them. */
  readonly loadBefore: number;
}

/** `TMPFS_MAGIC` and `RAMFS_MAGIC`, see statfs(2). */
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6]);

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    storeInMemory: MEMORY_FILE_SYSTEMS.has(statfsSync(tmpdir()).type),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** The commit of a checkout, with `+` when files differ from it; null when it is none. */
export function commitOf(checkout: string): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", checkout, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const changed = git("status", "--porcelain", "--untracked-files=no").trim() !== "";
    return `${git("rev-parse", "--short", "HEAD").trim()}${changed ? "+" : ""}`;
  } catch {
    return null;
  }
}
