import type { OidcOptions } from "@keybrake/proxy";
import { usageError } from "../cli-error.ts";
import { needSetting, readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";

const OTHERS = [
  SETTINGS.oidcClientId,
  SETTINGS.oidcClientSecret,
  SETTINGS.oidcGroups,
  SETTINGS.oidcGroupsClaim,
];

/** How people sign in to the dashboard; undefined when they do by admin key alone. Half of it is a usage error. */
export function readOidc(
  env: Readonly<Record<string, string | undefined>>,
  publicUrl: string | undefined,
): OidcOptions | undefined {
  const missing = (variable: string, what: string) =>
    `${variable} is not set: ${what}. See docs/dashboard.md for signing in by OpenID.`;
  const issuer = readSetting(SETTINGS.oidcIssuer, undefined, env);
  if (issuer === undefined) {
    const given = OTHERS.find(({ variable }) => (env[variable] ?? "") !== "");
    if (given === undefined) return undefined;
    throw usageError(missing("KEYBRAKE_OIDC_ISSUER", `${given.variable} is, and needs it`));
  }
  if (publicUrl === undefined)
    throw usageError(missing("--public-url (KEYBRAKE_PUBLIC_URL)", "the issuer sends people back there"));
  const need = <T>(setting: Parameters<typeof needSetting<T>>[0], what: string) =>
    needSetting(setting, undefined, env, missing(setting.variable, what));
  return {
    issuer,
    clientId: need(SETTINGS.oidcClientId, "the issuer knows this proxy by it"),
    clientSecret: readSetting(SETTINGS.oidcClientSecret, undefined, env),
    groups: need(SETTINGS.oidcGroups, "it says who may what, as in platform=admin,finance=operator"),
    groupsClaim: readSetting(SETTINGS.oidcGroupsClaim, undefined, env),
  };
}
