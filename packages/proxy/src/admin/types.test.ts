import type { z } from "@hono/zod-openapi";
import {
  type AdminClient,
  type AlertDelivery,
  type AlertTargetInfo,
  type AuditFilter,
  auditQuery,
  type BudgetInfo,
  type AuditRow as ClientAuditRow,
  type CreateAlertTargetInput,
  type CreateBudgetInput,
  type CreatedAlertTarget,
  type CreateVaultKeyInput,
  type IssuedVaultKey,
  type MeInfo,
  type PageQuery,
  type Role,
  type RoleInfo,
  type RoleName,
  type SpendInfo,
  type UpdateBudgetInput,
  type UpdateVaultKeyInput,
  type VaultKeyInfo,
  type VaultKeyPolicy,
} from "@keybrake/core";
import { expect, expectTypeOf, test } from "vitest";
import type {
  alertDeliverySchema,
  alertTargetSchema,
  createAlertTargetSchema,
  createdAlertTargetSchema,
  deliveryQuerySchema,
} from "./alert-schemas.ts";
import {
  AUDIT_COLUMNS,
  type AuditRow,
  type auditFilterSchema,
  auditQuerySchema,
  labelsOf,
} from "./audit-schemas.ts";
import type { budgetSchema, createBudgetSchema, updateBudgetSchema } from "./budget-schemas.ts";
import type { meSchema, roleSchema } from "./me-routes.ts";
import type { pageQuerySchema } from "./schemas.ts";
import type { Spend } from "./spend-schemas.ts";
import type {
  createVaultKeySchema,
  issuedVaultKeySchema,
  updateVaultKeySchema,
  vaultKeySchema,
} from "./vault-key-schemas.ts";

/**
 * Core writes the admin API's types by hand, because its users need no schemas. `pnpm typecheck` compares them with
 * what validates and describes here: a field that one side lacks, or spells otherwise, fails.
 */

/** Read-only all the way down, and flattened: schemas infer what may be written. */
type Shown<T> = T extends object ? { readonly [K in keyof T]: Shown<T[K]> } : T;
/** Without the index signature of a schema that takes further names. */
type Named<T> = { readonly [K in keyof T as string extends K ? never : K]: T[K] };
/** The fields of all members of a union. */
type FieldsOf<T> = T extends unknown ? keyof T : never;

test("what the API answers is what the client says", () => {
  expectTypeOf<Shown<ClientAuditRow>>().toEqualTypeOf<Shown<AuditRow>>();
  expectTypeOf<Shown<VaultKeyInfo>>().toEqualTypeOf<Shown<z.output<typeof vaultKeySchema>>>();
  expectTypeOf<Shown<IssuedVaultKey>>().toEqualTypeOf<Shown<z.output<typeof issuedVaultKeySchema>>>();
  expectTypeOf<Shown<VaultKeyPolicy>>().toEqualTypeOf<Shown<z.output<typeof vaultKeySchema>["policy"]>>();
  expectTypeOf<Shown<MeInfo>>().toEqualTypeOf<Shown<z.output<typeof meSchema>>>();
  expectTypeOf<Shown<RoleInfo>>().toEqualTypeOf<Shown<z.output<typeof roleSchema>>>();
  expectTypeOf<Shown<SpendInfo>>().toEqualTypeOf<Shown<Spend>>();
  expectTypeOf<Shown<BudgetInfo>>().toEqualTypeOf<Shown<z.output<typeof budgetSchema>>>();
});

test("alerts are what the API takes and answers", () => {
  expectTypeOf<Shown<AlertTargetInfo>>().toEqualTypeOf<Shown<z.output<typeof alertTargetSchema>>>();
  expectTypeOf<Shown<CreatedAlertTarget>>().toEqualTypeOf<Shown<z.output<typeof createdAlertTargetSchema>>>();
  expectTypeOf<Shown<AlertDelivery>>().toEqualTypeOf<Shown<z.output<typeof alertDeliverySchema>>>();
  expectTypeOf<Shown<CreateAlertTargetInput>>().toEqualTypeOf<
    Shown<z.input<typeof createAlertTargetSchema>>
  >();
  type Asked = NonNullable<Parameters<AdminClient["alerts"]["deliveries"]>[0]>;
  expectTypeOf<keyof Asked>().toEqualTypeOf<keyof z.input<typeof deliveryQuerySchema>>();
});

test("a vault key's request is what the API takes; only the client has a default vendor, and names the built-in roles", () => {
  type Taken = Omit<z.input<typeof createVaultKeySchema>, "vendor" | "role">;
  type Given = Omit<CreateVaultKeyInput, "vendor" | "role">;
  expectTypeOf<Shown<Given>>().toEqualTypeOf<Shown<Taken>>();
  expectTypeOf<UpdateVaultKeyInput>().toEqualTypeOf<Shown<z.input<typeof updateVaultKeySchema>>>();
  expectTypeOf<CreateVaultKeyInput["vendor"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<CreateVaultKeyInput["role"]>().toEqualTypeOf<RoleName | undefined>();
  expectTypeOf<Role>().toExtend<RoleName>();
  expectTypeOf<z.input<typeof createVaultKeySchema>>().toHaveProperty("vendor").toEqualTypeOf<string>();
});

test("a budget's request is what the API takes, with one cap", () => {
  type Created = Shown<z.input<typeof createBudgetSchema>>;
  expectTypeOf<CreateBudgetInput>().toExtend<Created>();
  expectTypeOf<FieldsOf<CreateBudgetInput>>().toEqualTypeOf<keyof Created>();
  expectTypeOf<{
    name: "team";
    usd_cap: 1;
    window: "30d";
    parent: "company";
  }>().toExtend<CreateBudgetInput>();
  expectTypeOf<{ name: "team"; daily_usd_cap: 1 }>().toExtend<CreateBudgetInput>();
  expectTypeOf<{ name: "team"; usd_cap: 1 }>().not.toExtend<CreateBudgetInput>();
  expectTypeOf<{
    name: "team";
    daily_usd_cap: 1;
    usd_cap: 1;
    window: "30d";
  }>().not.toExtend<CreateBudgetInput>();

  type Updated = Shown<z.input<typeof updateBudgetSchema>>;
  expectTypeOf<UpdateBudgetInput>().toExtend<Updated>();
  expectTypeOf<FieldsOf<UpdateBudgetInput>>().toEqualTypeOf<keyof Updated>();
});

test("filters and pages are what the API takes", () => {
  type Taken = Named<z.input<typeof auditFilterSchema>>;
  expectTypeOf<Shown<Omit<AuditFilter, "labels">>>().toEqualTypeOf<Shown<Taken>>();
  expectTypeOf<keyof PageQuery>().toEqualTypeOf<keyof z.input<typeof pageQuerySchema>>();
  expectTypeOf<PageQuery>().toExtend<z.input<typeof pageQuerySchema>>();
});

test("labels reach the schema under the names that the API gives them", () => {
  const labels = { team: "billing", "cost.centre": "7" };
  const query = auditQuery({ run_id: "run_1", labels });
  expect(query).toEqual({ run_id: "run_1", "label.team": "billing", "label.cost.centre": "7" });
  expect(labelsOf(auditQuerySchema.parse(query))).toEqual(labels);
});

test("each column of the API has a type", () => {
  expectTypeOf(AUDIT_COLUMNS).toEqualTypeOf<readonly (keyof ClientAuditRow)[]>();
});
