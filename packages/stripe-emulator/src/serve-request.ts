import { type Account, PLATFORM_ACCOUNT } from "./account.ts";
import { type Answer, errorAnswer, objectAnswer } from "./answer.ts";
import { pauseAction } from "./approvals.ts";
import { type ApiKey, accountInvalid, authenticate, authorize } from "./auth.ts";
import { Collection } from "./collection.ts";
import { internalError, invalidRequest, StripeError, unrecognizedUrl } from "./errors.ts";
import { applyExpand, type ExpandTree, parseExpand } from "./expand.ts";
import type { FaultPlan } from "./faults.ts";
import { canonicalForm, type FormHash, parseForm } from "./form.ts";
import { checkIdempotencyKey, type KeyUse } from "./idempotency.ts";
import { OBJECTS_MAX } from "./limits.ts";
import { Input } from "./params.ts";
import type { OpenRecord } from "./request-log.ts";
import { matchRoute, parseTarget, type RouteMatch, type Target } from "./router.ts";
import type { Context } from "./state.ts";
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
  /** The connected account that the platform acts for. */
  readonly stripeAccount: string | undefined;
}

/** Waits; gives up when the emulator closes. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** A request whose endpoint, key and parameters are known. */
interface Understood {
  readonly match: RouteMatch;
  readonly key: ApiKey;
  readonly accountId: string;
  readonly form: FormHash;
  readonly use: KeyUse | null;
}

const FORM_TYPE = "application/x-www-form-urlencoded";

function readParameters(request: WireRequest, target: Target): FormHash {
  const { query } = target;
  if (request.body === "") return parseForm(query);
  if (target.path.startsWith("/v2/")) return parseJsonParameters(request.body);
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
  const accountId = request.stripeAccount ?? PLATFORM_ACCOUNT;
  if (!account.hasAccount(accountId)) throw accountInvalid(key, accountId);
  const form = readParameters(request, target);
  // On GET and DELETE a key has no effect (docs.stripe.com/api/idempotent_requests).
  const name = request.method === "POST" ? checkIdempotencyKey(request.idempotencyKey) : undefined;
  const use: KeyUse | null =
    name === undefined
      ? null
      : {
          mode: key.mode,
          accountId,
          key: name,
          path: target.path,
          parameters: canonicalForm(form),
          at: account.clock(),
          requestId,
        };
  return { match, key, accountId, form, use };
}

const INJECTED_ERROR = errorAnswer(internalError("fault injected by the keybrake emulator"));

/** The API's second version speaks JSON: its top level, as the form that the endpoints understand. */
function parseJsonParameters(text: string): FormHash {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
  } catch {
    throw invalidRequest("Invalid JSON in the request body.");
  }
}

function refuseWhenFull(account: Account): void {
  const { state } = account;
  if (Object.values(state).every((kind) => !(kind instanceof Collection) || kind.size < OBJECTS_MAX)) return;
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
    account.playDue();
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
      // Of the emulator's own clock, which may be ahead of the machine's (RFC 9110 section 6.6.1).
      date: new Date(account.clock()).toUTCString(),
      "stripe-version": request.stripeVersion ?? STRIPE_API_VERSION,
      "stripe-should-retry": "false",
    };
    if (request.idempotencyKey !== undefined) headers["idempotency-key"] = request.idempotencyKey;
    if (request.stripeAccount !== undefined) headers["stripe-account"] = request.stripeAccount;
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
    const { match, use } = understood;
    const { idempotency } = this.#account;
    const earlier = use === null ? null : idempotency.find(use);
    if (earlier !== null) {
      if (plan.delayMs > 0) await this.#sleep(plan.delayMs);
      headers["idempotent-replayed"] = "true";
      headers["original-request"] = earlier.originalRequestId;
      record.replayed = true;
      return earlier.answer;
    }
    const input = Input.check(understood.form, match.route.params);
    const tree = parseExpand(input.expand(), match.route.returns);
    const execute = match.route.prepare(input, match.id, match.innerId);
    if (match.route.method === "POST") refuseWhenFull(this.#account);
    if (use !== null) {
      idempotency.begin(use);
      headers["original-request"] = requestId;
    }
    if (plan.delayMs > 0) await this.#sleep(plan.delayMs);
    const answer =
      plan.action === "error_before"
        ? INJECTED_ERROR
        : this.#execute({ understood, requestId, execute, tree });
    const sent = plan.action === "error_after" ? INJECTED_ERROR : answer;
    if (use !== null) idempotency.finish(use, sent);
    return sent;
  }

  /** Executes on the account, or pauses for Stripe's own approval. What it answers is saved, errors too. */
  #execute(request: {
    readonly understood: Understood;
    readonly requestId: string;
    readonly execute: (context: Context) => object;
    readonly tree: ExpandTree;
  }): Answer {
    const { understood, requestId, execute, tree } = request;
    const { match, key, accountId, form, use } = understood;
    const { approvalRules } = this.#account;
    try {
      const context = this.#account.context({ requestId, idempotencyKey: use?.key ?? null, accountId });
      const rule = key.isAgent ? approvalRules.ruleFor(match.route.operation, form) : undefined;
      if (rule !== undefined) throw pauseAction(context, rule, execute);
      return objectAnswer(applyExpand({ context, answer: execute(context), tree }));
    } catch (error) {
      return errorAnswer(error);
    }
  }
}
