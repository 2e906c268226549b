import type { Role } from "@keybrake/core";

/** What `keybrake init` is told. Money is US dollars. */
export interface Answers {
  readonly roles: readonly Role[];
  /** Of each key that may move money, in any 24 h. */
  readonly keyUsdCap: number;
  /** Of all of them together, in any 24 h. */
  readonly allUsdCap: number;
  /** A person must agree to a call that moves more; null: nobody is asked. */
  readonly approveAboveUsd: number | null;
  readonly store: string;
  readonly port: number;
  readonly alerts: "none" | "webhook" | "slack";
}

/** What `--yes` takes: small enough that a mistake is cheap. */
export const DEFAULT_ANSWERS: Answers = {
  roles: ["billing", "audit"],
  keyUsdCap: 100,
  allUsdCap: 500,
  approveAboveUsd: 50,
  store: "sqlite:./keybrake.db",
  port: 8787,
  alerts: "none",
};
