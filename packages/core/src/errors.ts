/** Marks Keybrake's errors across copies of this package, where `instanceof` fails. */
const MARKER = Symbol.for("keybrake.error");

export interface KeybrakeErrorOptions {
  readonly code: string;
  readonly message: string;
  /** HTTP status, when an answer came. */
  readonly status?: number | undefined;
  /** `true`: the same request may succeed later. */
  readonly isRetryable?: boolean | undefined;
}

/**
 * The one error that this package throws: for wrong options when something is built, and for failed admin
 * requests. Money tools never throw. Neither message nor stack ever holds a key, and there is no `cause`,
 * because the errors of HTTP clients can hold request headers.
 *
 * Codes when building: `raw_stripe_key`, `invalid_options`, `proxy_url_missing`, `proxy_url_invalid`,
 * `tool_unknown`. Codes of the admin client: `network_error`, `timed_out`, `aborted`, `response_invalid`, or the
 * code that the proxy answered (`invalid_admin_key`, `not_found`, `budget_not_found` …).
 */
export class KeybrakeError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly isRetryable: boolean;

  constructor(options: KeybrakeErrorOptions) {
    super(options.message);
    this.name = "KeybrakeError";
    this.code = options.code;
    this.status = options.status;
    this.isRetryable = options.isRetryable ?? false;
    Object.defineProperty(this, MARKER, { value: true });
  }
}

/** True for a `KeybrakeError` of any copy of this package. */
export function isKeybrakeError(error: unknown): error is KeybrakeError {
  return typeof error === "object" && error !== null && MARKER in error;
}
