import { VENDORS } from "../proxy.ts";
import type { BadConfig, ReadConfig } from "./config-read.ts";
import type { Problem } from "./read-yaml.ts";

/**
 * Reads the text of a `keybrake.yaml`. Pure, and touches neither files nor variables that it names: whether what they hold
 * is in order, `keybrake serve` finds. What a store must be asked for (budgets there already) is judged at start.
 */
export async function readConfig(text: string): Promise<ReadConfig | BadConfig> {
  // Parser and schemas cost time, and most proxies start without a file.
  const { parseConfig } = await import("./parse-config.ts");
  return parseConfig(text, VENDORS.stripe);
}

/** Several problems, each on its line: `keybrake.yaml:3:5: …`. */
export function describeProblems(file: string, problems: readonly Problem[]): string {
  return problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join("\n");
}
