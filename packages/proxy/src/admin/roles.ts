import { ROLE_NAMES, type Role, roleOperations } from "@keybrake/core";
import { adminError } from "./errors.ts";
import { type CreateVaultKey, createVaultKeySchema } from "./vault-key-schemas.ts";

/** What a role of `keybrake.yaml` says, as a request for a key would: all but what names the key. */
export type RoleFields = Readonly<Record<string, unknown>>;

/** The roles that a proxy knows beside the built-in ones, by name. */
export type Roles = Readonly<Record<string, RoleFields>>;

export function isBuiltIn(role: string): role is Role {
  return ROLE_NAMES.some((name) => name === role);
}

/** Throws `request_invalid` for a role that there is not: a misspelt one would be another key, or stop nobody. */
export function checkRole(role: string, known: Iterable<string>): void {
  const names = [...ROLE_NAMES, ...known];
  if (names.includes(role)) return;
  throw adminError("request_invalid", `There is no role '${role}'. There are: ${names.join(", ")}.`, "role");
}

/**
 * A request for a key with what its role says where it says nothing itself. `asked` is the request as it came: the checked
 * one has defaults, which would stand over the role's. Throws `request_invalid`.
 */
export function withRole(checked: CreateVaultKey, asked: object, roles: Roles): CreateVaultKey {
  const { role } = checked;
  if (role === undefined || isBuiltIn(role)) return checked;
  checkRole(role, Object.keys(roles));
  const whole = { ...fieldsOf(roles[role] ?? {}), ...asked };
  return createVaultKeySchema.parse(whole);
}

/** Its own operations, or those of the built-in role that it names; the name that the key has is its own. */
function fieldsOf({ role, ...fields }: RoleFields): RoleFields {
  if ("allowed_operations" in fields || typeof role !== "string" || !isBuiltIn(role)) return fields;
  return { ...fields, allowed_operations: roleOperations(role) };
}

/** The patterns of operations that keys of the role may call, as the file or the built-in role that it names has them. */
export function operationsOfRole(fields: RoleFields): string[] {
  const { allowed_operations: listed } = fieldsOf(fields);
  return Array.isArray(listed) ? listed.map(String) : [];
}
