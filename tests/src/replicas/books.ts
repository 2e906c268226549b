import { CHARGE_USD, type Seen } from "./agents.ts";
import { BUDGET, type ReplicaScene } from "./scene.ts";

/** What must be so when nothing is under way any more. */
export interface Ending {
  /** What Stripe charged, what the books posted, and what the agents were told, in charges. */
  readonly atStripe: number;
  readonly posted: number;
  readonly told: number;
  /** What is still reserved, in dollars. */
  readonly heldUsd: number;
  readonly problems: readonly string[];
}

export async function endingOf(scene: ReplicaScene, seen: Seen): Promise<Ending> {
  const { charges } = await scene.stripe.summary();
  const budget = await scene.admin(0, `/budgets/${BUDGET}`);
  const report = await scene.ledger.verify(Date.now());
  return {
    atStripe: charges.created,
    posted: report.postedMicros / (CHARGE_USD * 1_000_000),
    told: seen.objects.size,
    heldUsd: budget.held,
    problems: report.problems,
  };
}

/** Lowers the shared cap to what is left for so many more charges, and resolves with the cap. */
export async function leaveRoomFor(scene: ReplicaScene, charges: number): Promise<number> {
  const { spent, held } = await scene.admin(0, `/budgets/${BUDGET}`);
  const capUsd = Math.ceil(spent + held) + charges * CHARGE_USD;
  await scene.admin(0, `/budgets/${BUDGET}`, { usd_cap: capUsd }, "PATCH");
  return capUsd;
}
