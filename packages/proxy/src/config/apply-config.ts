import { declaredTargetId, isDeclaredTarget, whyNotTarget } from "../alerts/targets.ts";
import { LIMITS } from "../limits.ts";
import { ProxyError } from "../proxy-error.ts";
import { applyBudgets } from "./apply-budgets.ts";
import type { ApplyDependencies } from "./apply-dependencies.ts";
import { type ConfigAction, createConfigAction } from "./config-action.ts";
import type { Declared } from "./declared.ts";

/**
 * Brings the books to what is declared, before the first call is taken: budgets are made and their caps changed, those who
 * are told are made or changed, each with a row among the admin actions. Nothing is removed. What is already so is left
 * alone, so that replicas may start at once and again. Throws `config_invalid`, and nothing has changed then.
 */
export async function applyConfig(deps: ApplyDependencies, declared: Declared): Promise<void> {
  const act = createConfigAction(deps, declared.file);
  await checkTargets(deps, declared);
  await applyBudgets(deps, declared, act);
  await applyTargets(deps, declared, act);
}

async function checkTargets({ alerts, allowsPrivate }: ApplyDependencies, { targets, file }: Declared) {
  const refuse = (message: string) => new ProxyError("config_invalid", `${file}: alerts.targets${message}`);
  for (const { name, url } of targets) {
    const why = whyNotTarget(url, { allowsPrivate });
    if (why !== null) throw refuse(`.${name}.url: what it says the place of ${why}.`);
  }
  const ids = new Set([
    ...(await alerts.targets.list()).map(({ id }) => id),
    ...targets.map(({ name }) => declaredTargetId(name)),
  ]);
  if (targets.length > 0 && ids.size > LIMITS.alertTargets)
    throw refuse(`: with those that admins have added there would be more than ${LIMITS.alertTargets}.`);
}

async function applyTargets({ alerts, log }: ApplyDependencies, { targets }: Declared, act: ConfigAction) {
  for (const target of targets) {
    const id = declaredTargetId(target.name);
    const differs = await alerts.targets.differs(id, target);
    if (differs === null) continue;
    const { kind, types } = target;
    await act(`alerts.${differs}`, id, { name: target.name, kind, types }, async () => {
      await alerts.targets.put(id, target);
      return null;
    });
  }
  const declared = new Set(targets.map(({ name }) => declaredTargetId(name)));
  for (const { id } of await alerts.targets.list()) {
    if (isDeclaredTarget(id) && !declared.has(id))
      log.warn(
        { target: id },
        "this target was declared once and is so no more: it is told still, until it is removed",
      );
  }
}
