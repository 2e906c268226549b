import { usageError } from "./cli-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** One setting: where it may come from, and what it must look like. */
export interface Setting<T> {
  /** As in `--port`; null for secrets, which `ps` would show. */
  readonly flag: string | null;
  readonly variable: string;
  /** The text that is read when neither is given; null = there is none. */
  readonly fallback: string | null;
  /** Throws an Error whose message says what is wrong; it must not quote what may be secret. */
  readonly parse: (text: string) => T;
}

/**
 * The setting's value: flag over environment over default, undefined without any of them. An empty variable
 * counts as not given, as compose files leave them. A bad value is a usage error that names flag and variable.
 */
export function readSetting<T>(
  setting: Setting<T>,
  flag: string | undefined,
  environment: Environment,
): T | undefined {
  const text = flag ?? (environment[setting.variable] || undefined) ?? setting.fallback ?? undefined;
  if (text === undefined) return undefined;
  try {
    return setting.parse(text);
  } catch (error) {
    const names = setting.flag === null ? setting.variable : `${setting.flag} (${setting.variable})`;
    throw usageError(`${names}: ${error instanceof Error ? error.message : "is not valid"}`);
  }
}

/** As `readSetting`, for a setting that must be there: `missing` tells the user how to give it. */
export function needSetting<T>(
  setting: Setting<T>,
  flag: string | undefined,
  environment: Environment,
  missing: string,
): T {
  const value = readSetting(setting, flag, environment);
  if (value === undefined) throw usageError(missing);
  return value;
}
