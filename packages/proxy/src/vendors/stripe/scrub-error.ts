/** Keeps what is between Stripe and the proxy out of the answers. */
import { redactSecrets } from "@keybrake/core";

/**
 * The body to answer for an upstream error. Stripe's 401 and 403 bodies quote the masked key and name the
 * account, which are the proxy's and not the caller's business: they are replaced by a neutral error of
 * Stripe's shape, keeping only a plain `code`. Bodies of other statuses pass with keys redacted, unless they
 * are no error of Stripe's: SDKs would not see the error.
 */
export function scrubUpstreamError(status: number, body: string): string {
  if (status !== 401 && status !== 403) {
    return readError(body) === null ? unspecificError(status) : redactSecrets(body);
  }
  const code = readCode(body);
  const message =
    status === 401
      ? "Stripe refused the proxy's credential. The operator of the proxy must replace it."
      : "Stripe refused the proxy's credential for this operation: it lacks the permission.";
  return JSON.stringify({
    error: { type: "invalid_request_error", ...(code === null ? {} : { code }), message },
  });
}

/**
 * Stripe's SDKs look at the body and not at the status: one without an `error` object, as a firewall or a
 * load balancer writes, would be a success to them (measured).
 */
function unspecificError(status: number): string {
  const message = `The answer had the status ${status} and was not Stripe's: something between the proxy and Stripe gave it.`;
  return JSON.stringify({ error: { type: "api_error", code: `http_${status}`, message } });
}

function readError(body: string): { readonly code?: unknown } | null {
  try {
    const { error } = (JSON.parse(body) ?? {}) as { error?: unknown };
    return typeof error === "object" && !Array.isArray(error) ? error : null;
  } catch {
    return null;
  }
}

function readCode(body: string): string | null {
  const code = readError(body)?.code;
  return typeof code === "string" && /^[a-z_]{1,60}$/.test(code) ? code : null;
}
