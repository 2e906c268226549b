/** The pure Stripe knowledge of the proxy: no I/O, no clock. */
export { accountsIn } from "./accounts.ts";
export { actDigest, isUpdate } from "./act.ts";
export { type CustomerQuestion, customerOf } from "./customer.ts";
export {
  decodeForm,
  emptyParams,
  encodeForm,
  hasParam,
  isParams,
  jsonToParams,
  type Params,
  type ParamsResult,
  type ParamValue,
  textParam,
} from "./form.ts";
export { STRIPE_PACKAGE_VERSION } from "./generated/operations.generated.ts";
export { isObjectId } from "./ids.ts";
export { type MetadataStamp, reservedMetadataKey, stampMetadata, unsetsStamp } from "./metadata.ts";
export { findOperation, OPERATIONS, type Operation } from "./operation.ts";
export { canonicalPattern, operationsMatching } from "./operation-patterns.ts";
export { type Outcome, readOutcome } from "./outcome.ts";
export { MONEY_OPERATIONS, mayMoveMoney, priceCall } from "./pricing.ts";
export type { PricedCall, PricePlan } from "./pricing-plan.ts";
export { minorPerMajor, parseRates, type Rates, toUsdCents } from "./rates.ts";
export { type Resolution, resolveOperation } from "./resolve.ts";
export { redactSecrets, scrubUpstreamError } from "./scrub.ts";
export { type SimulatedAnswer, type SimulatedCall, simulateAnswer } from "./simulate.ts";
