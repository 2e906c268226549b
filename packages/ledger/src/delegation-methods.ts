import type { Ledger } from "./interface.ts";
import type { Parts } from "./ledger-parts.ts";
import { delegationNeeds, planDelegation } from "./plan-delegation.ts";
import { checkCount, checkPolicy, checkVaultKey } from "./validate.ts";

/** Keys that keys make. */
export function delegationMethods<P>({ options, writer }: Parts<P>) {
  return {
    delegateVaultKey: async (delegation) => {
      checkVaultKey(delegation.key);
      checkPolicy(delegation.key.policy, options.parsePolicy);
      checkCount(delegation.deadlineTime, "deadlineTime");
      return writer.submit({
        declare: (needs) => delegationNeeds(needs, delegation),
        plan: (state) => planDelegation(state, delegation),
      });
    },
  } satisfies Partial<Ledger<P>>;
}
