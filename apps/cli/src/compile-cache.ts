import nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Keeps compiled code between starts, which then cost half as much. In a folder of the user's own, and never in the
 * shared temporary one that is Node's default: whoever can write there could hand code to the process that has the
 * real key. Node 20 has no such cache, and a folder that cannot be written is none.
 */
export function keepCompiledCode(): void {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  nodeModule.enableCompileCache?.(join(cache, "keybrake"));
}
