const MARKER = Symbol.for("keybrake.proxy-error");

/** Why the proxy cannot start or be set up. Refusals of calls are answers, not errors. */
export type ProxyErrorCode =
  | "master_key_invalid"
  | "master_key_exposed"
  | "vault_unreadable"
  | "credential_invalid"
  | "credential_missing"
  | "accounts_invalid"
  | "admin_key_invalid"
  | "oidc_invalid"
  | "rates_invalid"
  | "upstream_invalid"
  | "config_invalid"
  | "store_invalid"
  | "store_in_use"
  | "store_corrupt"
  | "store_foreign"
  | "schema_too_new"
  | "store_unavailable"
  | "store_missing"
  | "clock_ahead"
  | "clock_behind"
  | "listen_failed"
  | "backup_invalid"
  | "restore_refused"
  | "restore_unfinished";

/** Its message says what to do; it never holds a key. */
export class ProxyError extends Error {
  readonly code: ProxyErrorCode;
  readonly [MARKER] = true;

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProxyError";
    this.code = code;
  }
}

/** By marker, so that two copies of this package agree. */
export function isProxyError(error: unknown): error is ProxyError {
  return typeof error === "object" && error !== null && MARKER in error;
}
