/** What the process ends with; printed by `keybrake --help`, and stable for scripts. */
export const EXIT_CODES = {
  ok: 0,
  /** The proxy refused, or something failed. */
  failure: 1,
  /** A wrong flag, argument, environment variable or settings file: nothing was tried. */
  usage: 2,
  /** No proxy answered at the address. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  refused by the proxy, or failed
  2  wrong flag, argument, environment variable or settings file
  3  no proxy answers at the address`;
