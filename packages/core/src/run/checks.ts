import { KeybrakeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { holdsSecret } from "../secrets.ts";
import { headerText } from "../text.ts";

/** Throws `invalid_options` unless it is absent or one of the choices. */
export function checkChoice(value: unknown, name: string, choices: readonly string[]): void {
  if (value === undefined || choices.some((choice) => choice === value)) return;
  throw new KeybrakeError({
    code: "invalid_options",
    message: `The option ${name} is one of: ${choices.join(", ")}.`,
  });
}

/** Throws `invalid_options` unless it fits into an agent header of the proxy. */
export function checkAgentText(value: unknown, name: string): string {
  if (typeof value === "string" && holdsSecret(value)) {
    const message = `The option ${name} holds an API key. It is logged and sent in the clear: name no key there.`;
    throw new KeybrakeError({ code: "invalid_options", message });
  }
  if (typeof value === "string" && value.trim() === value && value !== "") {
    if (headerText(value).length <= LIMITS.agentTextLength) return value;
  }
  throw new KeybrakeError({
    code: "invalid_options",
    message: `The option ${name} must be a text of 1 to ${LIMITS.agentTextLength} characters without spaces at its ends.`,
  });
}

/** Throws `invalid_options` unless it is a whole number in the range. */
export function checkInteger(value: unknown, name: string, range: { min: number; max: number }): number {
  if (Number.isSafeInteger(value) && Number(value) >= range.min && Number(value) <= range.max)
    return Number(value);
  throw new KeybrakeError({
    code: "invalid_options",
    message: `The option ${name} must be a whole number from ${range.min} to ${range.max}.`,
  });
}
