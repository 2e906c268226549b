import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";

/** A failure that is told to the user in one message, without a stack. Its message never holds a key. */
export class CliError extends Error {
  /** Of the proxy's answer, or one of the command's own: `usage`, `unreachable`, `failed`. */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What is on stdout says it already, in its own form: nothing is added there. */
  readonly isShown: boolean;

  constructor(problem: {
    readonly code: string;
    readonly message: string;
    readonly exitCode: ExitCode;
    readonly isShown?: boolean;
  }) {
    super(problem.message);
    this.name = "CliError";
    this.code = problem.code;
    this.exitCode = problem.exitCode;
    this.isShown = problem.isShown ?? false;
  }
}

/** Wrong input: exit code 2. The message names the flag, argument or variable. */
export function usageError(message: string): CliError {
  return new CliError({ code: "usage", message, exitCode: EXIT_CODES.usage });
}

/** Something did not work: exit code 1. */
export function failure(code: string, message: string): CliError {
  return new CliError({ code, message, exitCode: EXIT_CODES.failure });
}

/** As `failure`, of a command whose results are on stdout and tell it: exit code 1. */
export function shownFailure(code: string, message: string): CliError {
  return new CliError({ code, message, exitCode: EXIT_CODES.failure, isShown: true });
}
