import type { Account } from "./account.ts";
import { type Answer, errorAnswer, objectAnswer } from "./answer.ts";
import { authenticate, authorize } from "./auth.ts";
import { internalError, invalidRequest, StripeError, unrecognizedUrl } from "./errors.ts";
import { applyExpand, parseExpand } from "./expand.ts";
import type { FaultPlan } from "./faults.ts";
import { canonicalForm, type FormHash, parseForm } from "./form.ts";
import { checkIdempotencyKey, type KeyUse } from "./idempotency.ts";
import { OBJECTS_MAX } from "./limits.ts";
import { Input } from "./params.ts";
import type { OpenRecord } from "./request-log.ts";
import { matchRoute, parseTarget, type RouteMatch, type Target } from "./router.ts";
import { STRIPE_API_VERSION } from "./version.ts";

/** A request as it came from the wire. */
export interface WireRequest {
  readonly method: string;
  /** The request target, query included, undecoded. */
  readonly target: string;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly stripeVersion: string | undefined;
}

/** Waits; gives up when the emulator closes. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** A request whose endpoint, key and parameters are known. */
interface Understood {
  readonly match: RouteMatch;
  readonly form: FormHash;
  readonly use: KeyUse | null;
}

const FORM_TYPE = "application/x-www-form-urlencoded";

function readParameters(request: WireRequest, query: string): FormHash {
  if (request.body === "") return parseForm(query);
  if (request.contentType !== undefined && !request.contentType.toLowerCase().startsWith(FORM_TYPE)) {
    throw invalidRequest(
      `Invalid request (check that your POST content type is ${FORM_TYPE}). If you have any questions, we can help at https://support.stripe.com/.`,
    );
  }
  return parseForm(query === "" ? request.body : `${query}&${request.body}`);
}

function refuseBefore(action: FaultPlan["action"]): void {
  if (action === "rate_limit") {
    throw new StripeError(
      429,
      {
        type: "invalid_request_error",
        code: "rate_limit",
        message: "Request rate limit exceeded. (fault injected by the keybrake emulator)",
      },
      { "stripe-rate-limited-reason": "global-rate" },
    );
  }
  if (action === "unavailable") {
    throw new StripeError(
      503,
      { type: "api_error", message: "Service unavailable. (fault injected by the keybrake emulator)" },
      { "stripe-should-retry": "true" },
    );
  }
}

function understand(
  account: Account,
  request: WireRequest,
  found: { readonly target: Target; readonly match: RouteMatch | null; readonly requestId: string },
): Understood {
  const { target, match, requestId } = found;
  const key = authenticate(account.keyRing, request.authorization);
  if (match === null) throw unrecognizedUrl({ method: request.method, path: target.path });
  authorize(key, match.route.permission);
  const form = readParameters(request, target.query);
  // On GET and DELETE a key has no effect (docs.stripe.com/api/idempotent_requests).
  const name = request.method === "POST" ? checkIdempotencyKey(request.idempotencyKey) : undefined;
  const use: KeyUse | null =
    name === undefined
      ? null
      : {
          mode: key.mode,
          key: name,
          path: target.path,
          parameters: canonicalForm(form),
          at: account.clock(),
          requestId,
        };
  return { match, form, use };
}

function refuseWhenFull(account: Account): void {
  const { state } = account;
  const sizes = [state.charges, state.paymentIntents, state.refunds, state.customers, state.paymentMethods];
  if (sizes.every(({ size }) => size < OBJECTS_MAX)) return;
  throw new StripeError(503, {
    type: "api_error",
    message: `The keybrake emulator is full (${OBJECTS_MAX} objects of a kind). POST /_emulator/reset empties it.`,
  });
}

/** Serves one request of the Stripe API. Null: the connection is to be destroyed without an answer. */
export class StripeApi {
  readonly #account: Account;
  readonly #sleep: Sleep;

  constructor(account: Account, sleep: Sleep) {
    this.#account = account;
    this.#sleep = sleep;
  }

  async serve(request: WireRequest, record: OpenRecord): Promise<Answer | null> {
    const account = this.#account;
    const requestId = account.makeId("request");
    record.body = request.body;
    record.idempotency_key = request.idempotencyKey ?? null;
    const target = parseTarget(request.target);
    const match = matchRoute(request.method, target.path);
    record.operation = match?.route.operation ?? null;
    const plan = account.faults.plan(record.operation);
    if (plan.action === "drop_before") return null;
    const headers: Record<string, string> = {
      "request-id": requestId,
      "stripe-version": request.stripeVersion ?? STRIPE_API_VERSION,
      "stripe-should-retry": "false",
    };
    if (request.idempotencyKey !== undefined) headers["idempotency-key"] = request.idempotencyKey;
    let answer: Answer;
    try {
      refuseBefore(plan.action);
      const understood = understand(account, request, { target, match, requestId });
      answer = await this.#answer({ understood, plan, requestId, record, headers });
    } catch (error) {
      answer = errorAnswer(error);
    }
    if (plan.action === "drop_after") return null;
    return { ...answer, headers: { ...headers, ...answer.headers } };
  }

  /** Replays or executes; adds the headers that tell the two apart. Throws what is not saved under the key. */
  async #answer(request: {
    readonly understood: Understood;
    readonly plan: FaultPlan;
    readonly requestId: string;
    readonly record: OpenRecord;
    readonly headers: Record<string, string>;
  }): Promise<Answer> {
    const { understood, plan, requestId, record, headers } = request;
    const { match, form, use } = understood;
    const { idempotency } = this.#account;
    const earlier = use === null ? null : idempotency.find(use);
    if (earlier !== null) {
      if (plan.delayMs > 0) await this.#sleep(plan.delayMs);
      headers["idempotent-replayed"] = "true";
      headers["original-request"] = earlier.originalRequestId;
      record.replayed = true;
      return earlier.answer;
    }
    const input = Input.check(form, match.route.params);
    const tree = parseExpand(input.expand(), match.route.returns);
    const execute = match.route.prepare(input, match.id);
    if (match.route.method === "POST") refuseWhenFull(this.#account);
    if (use !== null) {
      idempotency.begin(use);
      headers["original-request"] = requestId;
    }
    if (plan.delayMs > 0) await this.#sleep(plan.delayMs);
    let answer: Answer;
    try {
      const context = this.#account.context({ requestId, idempotencyKey: use?.key ?? null });
      const object = execute(context);
      answer = objectAnswer(applyExpand({ state: context.state, now: context.now, answer: object, tree }));
    } catch (error) {
      answer = errorAnswer(error);
    }
    if (plan.action === "error_after")
      answer = errorAnswer(internalError("fault injected by the keybrake emulator"));
    if (use !== null) idempotency.finish(use, answer);
    return answer;
  }
}
