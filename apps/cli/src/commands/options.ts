import type { Command } from "commander";
import { parseAssumption, parseLabel } from "../parse-options.ts";
import { SETTINGS } from "../settings.ts";

/** Shared flags. Descriptions name the environment variable and the default, which `settings.ts` applies. */

function describe(
  text: string,
  setting: { readonly variable: string; readonly fallback: string | null },
): string {
  const fallback = setting.fallback === null ? "" : `, default ${setting.fallback}`;
  return `${text} (${setting.variable}${fallback})`;
}

export function withJson(command: Command, what = "print JSON on stdout, errors too"): Command {
  return command.option("--json", what);
}

/** Address and log level of everything that listens. */
export function withListenOptions(command: Command, logLevel: string = SETTINGS.logLevel.fallback): Command {
  return command
    .option("--port <number>", describe("port to listen on; 0 takes a free one", SETTINGS.port))
    .option("--host <address>", describe("address to listen on", SETTINGS.host))
    .option("--rates <file>", describe("JSON table of currency rates in US dollars", SETTINGS.rates))
    .option(
      "--log-level <level>",
      describe("of the JSON lines on stderr", { ...SETTINGS.logLevel, fallback: logLevel }),
    );
}

/** Every command that talks to a running proxy. */
export function withProxyOptions(command: Command): Command {
  return command.option("--proxy-url <url>", describe("the running proxy", SETTINGS.proxyUrl));
}

/** Appended to the help of a command that talks to a running proxy. */
export const ADMIN_KEY_HELP = "The proxy's admin key is read from KEYBRAKE_ADMIN_KEY.";

/** Help text after the options: examples first. */
export function examples(...lines: readonly string[]): string {
  return ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n");
}

export interface ProxyFlags {
  readonly proxyUrl?: string;
  readonly json?: boolean;
}

/** For flags that may be given several times: `--currency usd --currency eur`. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

export type LabelFlags = readonly (readonly [name: string, value: string])[];

/** For `--label team=billing`, which may be given several times. */
export function collectLabel(text: string, earlier: LabelFlags | undefined): LabelFlags {
  return [...(earlier ?? []), parseLabel(text)];
}

export type AssumptionFlags = readonly (readonly [operation: string, usd: number])[];

/** For `--assume-usd quotes.accept=500`, which may be given several times. */
export function collectAssumption(text: string, earlier: AssumptionFlags | undefined): AssumptionFlags {
  return [...(earlier ?? []), parseAssumption(text)];
}

/** As the admin API takes labels and assumptions; undefined without any. */
export function recordOf<T>(
  flags: readonly (readonly [string, T])[] | undefined,
): Readonly<Record<string, T>> | undefined {
  return flags === undefined ? undefined : Object.fromEntries(flags);
}
