import type { Ledger } from "@keybrake/ledger";
import type { Environment } from "../environment.ts";
import { makeActionId } from "../identifiers.ts";

/** The `by` of what `keybrake.yaml` has done, in the audit of admin actions. */
export const CONFIG_ID = "config";

/** Does one thing that is declared, with a row in the audit of admin actions, which stands before it is done. */
export interface ConfigAction {
  /** Resolves with what `carryOut` resolves with: null when it is done, else the code of why it is not. */
  <C extends string>(
    action: string,
    target: string,
    detail: object,
    carryOut: () => Promise<C | null>,
  ): Promise<C | null>;
  readonly byId: string;
}

export function createConfigAction(
  {
    ledger: { admins },
    environment,
  }: { readonly ledger: Pick<Ledger, "admins">; readonly environment: Environment },
  file: string,
): ConfigAction {
  const act = async <C extends string>(
    action: string,
    target: string,
    detail: object,
    carryOut: () => Promise<C | null>,
  ): Promise<C | null> => {
    const at = environment.clock();
    const id = makeActionId(at, environment.random);
    const by = { byId: CONFIG_ID, byName: file, remoteAddress: "" };
    await admins.beginAction({ id, at, ...by, action, target, detail: JSON.stringify(detail) });
    const code = await carryOut();
    await admins.endAction(id, { target, status: code === null ? 200 : 409, code });
    return code;
  };
  return Object.assign(act, { byId: CONFIG_ID });
}
