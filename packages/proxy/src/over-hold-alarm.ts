import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";

/**
 * The ledger, with an alarm for every settlement that posts more than was held for it, whoever found it out: a price
 * was wrong, or somebody changed the object past the proxy. The row says how much (`over_hold_micros`).
 */
export function alarmOverHolds<P>(ledger: Ledger<P>, metrics: Metrics, log: Logger): Ledger<P> {
  return {
    ...ledger,
    settle: async (settlement) => {
      const settled = await ledger.settle(settlement);
      const { overHoldMicros } = settled;
      if (overHoldMicros === 0) return settled;
      metrics.overHeld(overHoldMicros);
      const { callId, objectId } = settlement;
      log.error(
        { call_id: callId, object_id: objectId, over_hold_micros: overHoldMicros },
        "more moved than was held",
      );
      return settled;
    },
  };
}
