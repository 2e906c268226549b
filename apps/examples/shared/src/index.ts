export { billingDeskRequest, billingDeskTurns, checkBillingDesk } from "./billing-desk.ts";
export type { ModelChoice } from "./model-choice.ts";
export { createScript, type Script, type Turn } from "./script.ts";
export { openWitness } from "./witness.ts";
