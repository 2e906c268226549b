import type { z } from "@hono/zod-openapi";
import { LABELS_MAX, type NewVaultKey, type VaultKey } from "@keybrake/ledger";
import { grantOf } from "../admin/ceiling.ts";
import { adminError } from "../admin/errors.ts";
import { describePolicy, newVaultKey } from "../admin/vault-key-policy.ts";
import { createVaultKeySchema } from "../admin/vault-key-schemas.ts";
import { widerIn } from "../narrower.ts";
import type { Policy } from "../policy.ts";
import type { Vendor } from "../vendors/vendor.ts";

/** What a key is and belongs to, it has from its parent; the rest may be less. */
const INHERITED = {
  vendor: true,
  account: true,
  role: true,
  simulate: true,
  budget: true,
  budgets: true,
  max_calls: true,
  rate_per_minute: true,
} as const;

/** As a key is asked for of an admin: what is left out is as the parent has it, but for `may_delegate`. */
export const delegateSchema = createVaultKeySchema.omit(INHERITED).partial().required({ name: true });

export type DelegateVaultKey = z.infer<typeof delegateSchema>;

interface Made {
  readonly id: string;
  readonly hash: string;
  readonly now: number;
  readonly vendor: Vendor;
}

/**
 * The key that a parent may make. Throws as for a key that is asked for of an admin, and `wider_than_parent` for one that could
 * do more than its parent in anything.
 */
export function delegatedKey(parent: VaultKey<Policy>, asked: unknown, made: Made): NewVaultKey {
  const given = parse(delegateSchema, asked);
  const said = Object.keys(asked as object);
  const told = Object.fromEntries(Object.entries(given).filter(([name]) => said.includes(name)));
  const whole = {
    ...withoutNulls(describePolicy(parent, parent.policy)),
    may_delegate: undefined,
    ...told,
    ...{ vendor: parent.vendor, account: parent.account, simulate: parent.simulate },
    labels: { ...given.labels, ...parent.labels },
  };
  if (Object.keys(whole.labels).length > LABELS_MAX)
    throw adminError("request_invalid", `labels: at most ${LABELS_MAX}, the parent's among them`, "labels");
  const request = parse(
    createVaultKeySchema,
    parent.budgets.length === 0 ? without(whole, "budgets") : whole,
  );
  const key: NewVaultKey = {
    ...newVaultKey(request, made),
    ...{
      role: parent.role,
      budgets: parent.budgets,
      parentId: parent.id,
      rootId: parent.rootId ?? parent.id,
    },
    expiresAt:
      given.expires_in_seconds === undefined || !said.includes("expires_in_seconds")
        ? parent.expiresAt
        : made.now + given.expires_in_seconds * 1000,
  };
  const wider = widerIn(grantOf(parent), grantOf(key), made.vendor);
  if (wider === null) return key;
  throw adminError("wider_than_parent", `${wider}: a key cannot do more than the one that makes it.`, wider);
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const param = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : (issue?.path.join(".") ?? "");
  throw adminError(
    "request_invalid",
    `${param === "" ? "" : `${param}: `}${issue?.message}`,
    param || undefined,
  );
}

function without(object: object, name: string): object {
  return Object.fromEntries(Object.entries(object).filter(([field]) => field !== name));
}

/** What is shown as null was not asked for. */
function withoutNulls(value: object): object {
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  const deep = (field: unknown) =>
    typeof field === "object" && !Array.isArray(field) ? withoutNulls(field as object) : field;
  return Object.fromEntries(entries.map(([name, field]) => [name, deep(field)]));
}
