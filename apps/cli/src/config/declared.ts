import type { Declared, DeclaredTarget } from "@keybrake/proxy";
import { usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import type { OpenedConfig } from "./open-config.ts";
import { needSecret } from "./secrets.ts";

/** As the Standard Webhooks specification has it: 24 to 64 bytes in base64 behind a prefix. */
const SIGNING_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What of the file is applied to the books, with the secrets that it says the place of. Throws a usage error. */
export async function readDeclared(opened: OpenedConfig, io: Pick<Io, "env">): Promise<Declared> {
  const { alerts = {}, budgets = {}, roles = {} } = opened.config;
  const targets: DeclaredTarget[] = [];
  for (const [name, { kind = "webhook", url, signing_secret, types = null }] of Object.entries(
    alerts.targets ?? {},
  )) {
    const path = ["alerts", "targets", name];
    const signs = [...path, "signing_secret"];
    const secret = signing_secret === undefined ? null : await needSecret(opened, signs, signing_secret, io);
    if (secret !== null && !SIGNING_SECRET.test(secret))
      throw usageError(
        `${opened.nameOf(signs)}: what stands there is not whsec_ with 24 to 64 bytes in base64. Make one with: echo "whsec_$(openssl rand -base64 32)"`,
      );
    targets.push({ name, kind, url: await needSecret(opened, [...path, "url"], url, io), secret, types });
  }
  return { file: opened.file, roles, budgets, budgetPercents: alerts.budget_percents ?? null, targets };
}
