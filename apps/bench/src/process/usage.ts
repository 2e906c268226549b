import { readFileSync, writeFileSync } from "node:fs";

/** What a process and its children have used, from Linux's /proc. Zero where there is none. */
export interface Usage {
  readonly cpuMs: number;
  /** Since the start, or since `resetPeak`. */
  readonly peakRssMiB: number;
}

/** The unit of CPU time in /proc (`getconf CLK_TCK`), 100 on every Linux that Node runs on. */
const TICK_MS = 10;

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function withChildren(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  if (children === "") return [pid];
  return [pid, ...children.split(" ").flatMap((child) => withChildren(Number(child)))];
}

/** User and system time of all threads; fields 14 and 15 of proc_pid_stat(5), after the name in brackets. */
function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

function peakRssMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Of several processes together, each with its children. */
export function usageOf(pids: readonly number[]): Usage {
  const all = pids.flatMap(withChildren);
  const sum = (measure: (pid: number) => number) => all.reduce((total, pid) => total + measure(pid), 0);
  return { cpuMs: sum(cpuMs), peakRssMiB: sum(peakRssMiB) };
}

/** Lets the peak of the resident memory begin anew (`5`, see proc_pid_clear_refs(5)). */
export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids.flatMap(withChildren)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // Not Linux, or not ours: the peak is then that of the whole life of the process.
    }
  }
}
