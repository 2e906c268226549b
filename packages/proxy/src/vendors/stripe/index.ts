import { redactSecrets } from "@keybrake/core";
import type { SimulationContext, UpstreamAnswer, Vendor } from "../vendor.ts";
import { accountsIn, accountsNamed } from "./accounts.ts";
import { actOf, setsState } from "./act.ts";
import { cardDataIn } from "./card-data.ts";
import { compare } from "./compare.ts";
import { isStripeKey, readCredential } from "./credential.ts";
import { currenciesIn, minorPerMajor } from "./currencies.ts";
import { customerOf } from "./customer.ts";
import { decode, encode, type StripeRequest } from "./decode.ts";
import { trace } from "./find.ts";
import { encodeForm } from "./form.ts";
import { isAccountId, isCustomerId } from "./ids.ts";
import { interpret } from "./interpret.ts";
import { STRIPE_LIMITS } from "./limits.ts";
import { madeSince } from "./made-since.ts";
import { isMadeUpKey } from "./made-up-keys.ts";
import { reservedMetadata } from "./metadata.ts";
import { readMoved } from "./moved.ts";
import { objectPages } from "./object-pages.ts";
import { objectsOf } from "./objects.ts";
import { canonicalPattern, operationsMatching, patternCovers } from "./operation-patterns.ts";
import { outline } from "./outline.ts";
import { isAssumable, mayMoveMoney, priceCall } from "./pricing.ts";
import { refusalAnswer } from "./refusal-answer.ts";
import { replayed } from "./replayed.ts";
import { resolveOperation, type StripeRoute } from "./resolve.ts";
import { rootClientRefusal } from "./root-clients.ts";
import { simulateAnswer } from "./simulate.ts";
import { undoneBy } from "./undone.ts";

function simulate(request: StripeRequest, context: SimulationContext): UpstreamAnswer {
  const { status, body } = simulateAnswer({ ...request, ...context });
  const headers = { "content-type": "application/json", "request-id": context.callId };
  return { kind: "answer", status, headers, body: JSON.stringify(body) };
}

/** Stripe's API, v1 and v2: /stripe/v1/…, and the same at the root for its own clients. */
export const stripe: Vendor<StripeRoute, StripeRequest> = {
  name: "stripe",
  title: "Stripe",
  keyHeader: null,
  passedHeaders: ["stripe-version", "stripe-account", "stripe-context", "accept"],
  idempotencyHeader: "idempotency-key",
  idempotencyMemoryMs: STRIPE_LIMITS.idempotencyMemoryMs,
  resolve: (method, target, headers) =>
    rootClientRefusal(target, headers) ?? resolveOperation(method, target),
  decode,
  encode,
  reserved: ({ operation, params }) => reservedMetadata(operation, params),
  accountsNamed,
  accountsIn: ({ params }) => accountsIn(params),
  customerOf: ({ operation, params, pathParams }) =>
    customerOf({ operation: operation.name, params, pathParams }),
  parametersOf: ({ params }) => Object.fromEntries(new URLSearchParams(encodeForm(params))),
  cardDataIn: ({ params }) => cardDataIn(params),
  price: ({ operation, params, pathParams, apiVersion }) =>
    priceCall({ operation: operation.name, params, pathParams, apiVersion }),
  currenciesIn: ({ params }) => currenciesIn(params),
  objectsOf,
  minorPerMajor,
  act: actOf,
  setsState: ({ operation }) => setsState(operation),
  undoneBy,
  isMadeUpKey,
  keyAmongParams: ({ liftedKey }) => liftedKey,
  replayed,
  outline,
  interpret,
  moved: readMoved,
  chargedMicros: () => null,
  trace,
  madeSince,
  compare,
  refusalAnswer,
  simulate,
  redact: redactSecrets,
  isOwnKey: isStripeKey,
  readCredential,
  credentialHeaders: (credential) => ({ authorization: `Bearer ${credential}` }),
  objectPages,
  isCustomerId,
  isAccountId,
  patternExamples: "charges.create, paymentIntents.create or customers.*",
  canonicalPattern,
  operationsMatching,
  patternCovers,
  isAssumable,
  mayMoveMoney,
};
