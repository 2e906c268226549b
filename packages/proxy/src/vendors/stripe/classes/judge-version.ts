/** Whether a version of Stripe's API takes no parameter that nobody has judged under the name of a judged one. */
import { JUDGED_API_VERSION } from "./generated/parameters.generated.ts";

/** `2024-06-20`, `2026-10-28.endive`; a beta adds `; name=v1`. */
const VERSION = /^(\d{4}-\d{2}-\d{2})(?:\.([a-z]+))?$/;

const [, JUDGED_DATE = "", JUDGED_RELEASE] = VERSION.exec(JUDGED_API_VERSION) ?? [];

/**
 * The judged version, any before it, and later ones of the same release, which only add to it (Stripe's promise for
 * versions that share a name): what they add has a name that is not judged. Not previews, betas and later releases,
 * where a known parameter may mean something else. Pure.
 */
export function isJudgedVersion(version: string): boolean {
  const [, date, release] = VERSION.exec(version) ?? [];
  if (date === undefined || release === "preview") return false;
  return date <= JUDGED_DATE || release === JUDGED_RELEASE;
}
