import { redactSecrets } from "@keybrake/core";
import { type DestinationStream, type Logger, pino } from "pino";

/**
 * Structured logs, one JSON object a line. Nothing that logs is given a key; should one get into a line all
 * the same (an error message of a library), it is cut out of the text before it is written.
 */
export function createLog(
  options: { readonly level?: string; readonly destination?: DestinationStream } = {},
): Logger {
  const settings = {
    level: options.level ?? "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redactSecrets },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
