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

/** A setting as `keybrake.yaml` has it. */
export interface DeclaredSetting {
  readonly text: string;
  /** Where it stands, for whoever must mend it: `keybrake.yaml:3:9: serve.port`. */
  readonly from: string;
}

/**
 * The setting's value: flag over environment over `keybrake.yaml` over default, undefined without any of them. An empty
 * variable counts as not given, as compose files leave them. A bad value is a usage error that names flag and variable, or
 * where in the file it stands.
 */
export function readSetting<T>(
  setting: Setting<T>,
  flag: string | undefined,
  environment: Environment,
  declared?: DeclaredSetting,
): T | undefined {
  const given = flag ?? (environment[setting.variable] || undefined);
  const text = given ?? declared?.text ?? setting.fallback ?? undefined;
  if (text === undefined) return undefined;
  try {
    return setting.parse(text);
  } catch (error) {
    const names = setting.flag === null ? setting.variable : `${setting.flag} (${setting.variable})`;
    const from = given === undefined ? (declared?.from ?? names) : names;
    throw usageError(`${from}: ${error instanceof Error ? error.message : "is not valid"}`);
  }
}

/** As `readSetting`, for a setting that must be there: `missing` tells the user how to give it. */
export function needSetting<T>(
  setting: Setting<T>,
  flag: string | undefined,
  environment: Environment,
  missing: string,
  declared?: DeclaredSetting,
): T {
  const value = readSetting(setting, flag, environment, declared);
  if (value === undefined) throw usageError(missing);
  return value;
}
