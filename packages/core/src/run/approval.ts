import { parseInput } from "../tools/parse-input.ts";
import type { ToolInput, ToolName, WriteToolName } from "../tools/tools.ts";

/** Input of any tool that moves money, as one object type. */
export type WriteInput = ToolInput<WriteToolName>;

/**
 * Whether a person must be asked about a call that moves money: unless `check` answers exactly false. One that
 * throws asks. Never rejects; sends nothing.
 */
export async function mustAsk(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return (await check()) !== false;
  } catch {
    return true;
  }
}

/**
 * The same for an input as a framework has it, before the tool runs: `check` judges exactly what would be
 * executed, and an invalid input needs no person, as nothing of it is sent.
 */
export async function mustAskFor(
  tool: ToolName,
  input: unknown,
  check: (input: WriteInput, tool: ToolName) => boolean | Promise<boolean>,
): Promise<boolean> {
  const parsed = parseInput(tool, input);
  return parsed.ok && mustAsk(() => check(parsed.value as WriteInput, tool));
}
