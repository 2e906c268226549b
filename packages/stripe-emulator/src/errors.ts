/** The error types that the emulator answers; a subset of Stripe's. */
export type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

/** The inside of `{"error": …}`. Absent rather than null, as Stripe does it. */
export interface ErrorBody {
  type: ErrorType;
  message: string;
  code?: string | undefined;
  param?: string | undefined;
  decline_code?: string | undefined;
  doc_url?: string | undefined;
  charge?: string | undefined;
  payment_intent?: unknown;
  payment_method?: unknown;
  setup_intent?: unknown;
  approval_request?: string | undefined;
}

/** A refusal on its way to the client: thrown anywhere below the router, answered in one place. */
export class StripeError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: ErrorBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.name = "StripeError";
    this.status = status;
    this.headers = headers;
    this.body =
      body.code === undefined
        ? body
        : { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll("_", "-")}` };
  }
}

/** HTTP 400 `invalid_request_error`. */
export function invalidRequest(
  message: string,
  detail: { readonly param?: string; readonly code?: string } = {},
): StripeError {
  return new StripeError(400, { type: "invalid_request_error", message, ...detail });
}

/**
 * `resource_missing`: 404 when the object is named by the URL (`param` is `id`), 400 when it is named by a
 * parameter.
 */
export function resourceMissing(what: {
  readonly noun: string;
  readonly id: string;
  readonly param: string;
}) {
  return new StripeError(what.param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${what.noun}: '${what.id}'`,
    param: what.param,
  });
}

/** HTTP 404 for a path that is no endpoint (or not one that the emulator has). */
export function unrecognizedUrl(request: { readonly method: string; readonly path: string }): StripeError {
  return new StripeError(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });
}

/** HTTP 500 `api_error`; `cause` says whose doing it was. */
export function internalError(cause: string): StripeError {
  return new StripeError(500, { type: "api_error", message: `An unknown error occurred (${cause}).` });
}
