export { billingDeskRequest, billingDeskTurns, checkBillingDesk } from "./billing-desk.ts";
export { type Desk, openDesk, type StripeObject } from "./desk.ts";
export { type ModelChoice, type Provider, readModelChoice } from "./model-choice.ts";
export { sayCalls } from "./say.ts";
export { type Call, createScript, type Reply, type Script, type Turn } from "./script.ts";
