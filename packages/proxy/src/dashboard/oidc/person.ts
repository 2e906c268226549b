import { createHash } from "node:crypto";
import type { Admin } from "../../admin/who.ts";
import type { OidcOptions, PersonScope } from "./options.ts";

/** Whom the issuer has named, as a session keeps it. */
export interface Person {
  /** The issuer's name for them, which never becomes another's (OpenID Connect Core 1.0, section 5.7). */
  readonly subject: string;
  /** For people's eyes: most of it a person may change. */
  readonly name: string;
  /** Their groups that had a scope when they signed in. */
  readonly groups: readonly string[];
  /** Which door they came in by: a session is of no other deployment, issuer or client secret. */
  readonly door: string;
}

/** What the issuer says of somebody, as far as it was looked at: signed by it, or told under the token that it gave. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** The widest first. */
const SCOPES: readonly PersonScope[] = ["admin", "operator", "auditor"];

/** So many fit into a cookie (`GROUP_BYTES`); the widest count. */
const GROUPS_KEPT = 5;
const NAME_LENGTH = 200;

export interface People {
  /** Null for somebody in none of the groups. */
  personOf(claims: Claims): Person | null;
  /** What the person of a session may do by the groups as they are set now; null when that is nothing any more. */
  adminOf(person: Person): Admin | null;
}

/** Judges by the settings alone; nothing is asked of anybody. */
export function createPeople(options: OidcOptions, publicUrl: string): People {
  const { issuer, clientId, clientSecret = null, groups, groupsClaim = "groups" } = options;
  const door = createHash("sha256")
    .update(JSON.stringify([issuer, clientId, clientSecret, publicUrl]))
    .digest("base64url");
  const scopes = new Map(Object.entries(groups));
  const width = (group: string) => SCOPES.indexOf(scopes.get(group) ?? "auditor");
  return {
    personOf(claims) {
      const known = namesIn(claims[groupsClaim]).filter((group) => scopes.has(group));
      const kept = known.toSorted((a, b) => width(a) - width(b)).slice(0, GROUPS_KEPT);
      if (kept.length === 0) return null;
      return { subject: claims.sub, name: nameOf(claims), groups: kept, door };
    },
    adminOf(person) {
      if (person.door !== door) return null;
      const has = new Set(person.groups.map((group) => scopes.get(group)));
      const scope = SCOPES.find((one) => has.has(one));
      return scope === undefined ? null : { ...adminIdOf(person), scope, key: null };
    },
  };
}

/** How the audit names somebody whom the issuer has named, whether they may do anything or not. */
export function adminIdOf({ subject, name }: Pick<Person, "subject" | "name">): Pick<Admin, "id" | "name"> {
  return { id: `oidc:${subject}`, name };
}

/** A list of names, or one name. */
function namesIn(value: unknown): readonly string[] {
  return [value].flat().filter((name) => typeof name === "string");
}

/** The address that the issuer has verified, or else what it calls them. Only `subject` is nobody else's. */
export function nameOf(claims: Claims): string {
  const { email, email_verified: isVerified, preferred_username: username, name } = claims;
  const told = [isVerified === true ? email : null, username, name, email].map(shown);
  return told.find((text) => text !== "") ?? claims.sub;
}

/** On one line, and in the order in which it is written. */
function shown(text: unknown): string {
  if (typeof text !== "string") return "";
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, " ").trim();
  return line.slice(0, NAME_LENGTH).toWellFormed();
}
