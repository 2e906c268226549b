import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a command with this process's output and answers its exit code; a signal counts as 1. */
export async function exitCodeOf(command: string, args: readonly string[], options: SpawnOptions = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** Like `exitCodeOf`, for commands that must succeed. Throws with the command's name otherwise. */
export async function runToEnd(command: string, args: readonly string[], options: SpawnOptions = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}`);
}
