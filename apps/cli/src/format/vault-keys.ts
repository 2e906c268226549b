import type { IssuedVaultKey, VaultKeyInfo, VaultKeyPolicy } from "@keybrake/core";
import type { Output } from "../io.ts";
import { renderFields } from "./fields.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles, WIDTH_DEFAULT } from "./table.ts";

type Style = Output["style"];

const COLUMNS: readonly Column[] = [
  { title: "id", width: 36 },
  { title: "name", width: 8, widthMax: 40 },
  { title: "role", width: 7 },
  { title: "status", width: 8 },
  { title: "cap", width: 6, align: "right" },
  { title: "spent", width: 6, align: "right" },
];

/** `2026-06-01T12:00:00.000Z` → `2026-06-01 12:00 UTC`. */
function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

function statusOf(key: VaultKeyInfo, style: Style): string {
  const colours = { active: "green", paused: "yellow", revoked: "red", expired: "yellow" } as const;
  return style(colours[key.status], key.status);
}

const ROLE = COLUMNS.findIndex(({ title }) => title === "role");

/** Numbers are never cut: where they leave no room, the role is left out, which most names say. */
function fitting(rows: readonly (readonly string[])[], width: number = WIDTH_DEFAULT) {
  const columns = fitColumns(COLUMNS, rows);
  const needed = columns.reduce((sum, column) => sum + column.width + 1, -1);
  if (needed <= width) return { columns, rows };
  return { columns: columns.toSpliced(ROLE, 1), rows: rows.map((row) => row.toSpliced(ROLE, 1)) };
}

/** The key's own, in any 24 h; `shared` when only budgets bound it, which `keybrake budgets list` shows. */
function capOf({ policy }: VaultKeyInfo): string {
  if (policy.daily_usd_cap !== null) return formatUsd(policy.daily_usd_cap);
  return policy.budgets.length > 0 ? "shared" : "";
}

/** A list of keys; titles first. What is spent of a cap is what is posted and what is held. */
export function renderVaultKeys(
  keys: readonly VaultKeyInfo[],
  width: number | undefined,
  style: Style,
): string {
  const all = keys.map((key) => [
    key.id,
    printable(key.name),
    key.role ?? "",
    statusOf(key, style),
    capOf(key),
    formatUsd(key.spent + key.held),
  ]);
  const { columns, rows } = fitting(all, width);
  return style("bold", renderTitles(columns, width).trimEnd()).concat("\n", renderRows(columns, rows, width));
}

function listOf(items: readonly string[] | null): string | null {
  return items === null || items.length === 0 ? null : items.join(", ");
}

const DEDUPED = {
  auto: "by chosen Idempotency-Keys, else by the business act",
  act: "by the business act",
  key: "by Idempotency-Key",
} as const;

function delegationWords({ keys, depth }: NonNullable<VaultKeyPolicy["may_delegate"]>): string {
  const far = depth === 1 ? "" : `, and those again, ${depth} deep`;
  return `at most ${keys}, which can do no more and spend what it may${far}`;
}

type ApprovalPolicy = NonNullable<VaultKeyPolicy["approval"]>;

function policyFields(policy: VaultKeyPolicy): (readonly [string, string | null])[] {
  return [
    ["may call", listOf(policy.allowed_operations)],
    ["daily cap", policy.daily_usd_cap === null ? null : `${formatUsd(policy.daily_usd_cap)} in any 24 h`],
    ["shared budgets", listOf(policy.budgets)],
    ["per call", policy.max_usd_per_call === null ? null : `at most ${formatUsd(policy.max_usd_per_call)}`],
    ["currencies", listOf(policy.currencies)],
    ["customers", listOf(policy.customers)],
    ["connected", listOf(policy.stripe_accounts)],
    ["calls at most", policy.max_calls === null ? null : String(policy.max_calls)],
    ["a minute", policy.rate_per_minute === null ? null : `at most ${policy.rate_per_minute} calls`],
    ["unpaid intents", policy.unpaid_intents === "hold" ? "count until they are paid or cancelled" : null],
    ["assumed", listOf(Object.entries(policy.assume_usd).map(([name, usd]) => `${name} ${formatUsd(usd)}`))],
    ["card numbers", policy.allow_raw_cards ? "allowed" : null],
    ["simulate", policy.simulate ? "yes: the vendor is never called" : null],
    ["dedupe", DEDUPED[policy.dedupe]],
    ["act window", policy.dedupe === "key" ? null : policy.act_window],
    ["acts differ by", policy.act_includes.length === 0 ? null : listOf(policy.act_includes)],
    ["only of run", policy.bind?.run_id ?? null],
    ["conversation", policy.bind?.conversation_id ?? null],
    ["may make keys", policy.may_delegate === null ? null : delegationWords(policy.may_delegate)],
    ["enforcement", policy.enforcement === "observe" ? "none: limits are only noted (observe)" : null],
    ["over the cap", `HTTP ${policy.cap_status}`],
    ["a person agrees", policy.approval === null ? null : approvalWords(policy.approval)],
  ];
}

function approvalWords({ above_usd, ask_at, operations, expires_in }: ApprovalPolicy): string {
  const when = [
    ...(above_usd === null ? [] : [`above ${formatUsd(above_usd)}`]),
    ...(ask_at === null ? [] : [`when more than ${ask_at} % of a budget is used`]),
  ];
  const what = operations === null ? "" : ` (${operations.join(", ")})`;
  return `${when.join(", or ")}${what}; asked for ${expires_in}`;
}

/** Nothing is left to a key that no call may ever use again. */
function hasEnded({ status }: VaultKeyInfo): boolean {
  return status === "revoked" || status === "expired";
}

/** Everything about one key, except the key. */
export function renderVaultKey(key: VaultKeyInfo, width: number | undefined, style: Style): string {
  const labels = Object.entries(key.labels).map(([name, value]) => `${printable(name)}=${printable(value)}`);
  return renderFields(
    [
      ["id", key.id],
      ["name", printable(key.name)],
      ["status", statusOf(key, style)],
      ["role", key.role],
      ["vendor", key.vendor],
      ["account", key.account],
      ["made by", key.parent_id],
      ["created", minute(key.created_at)],
      ["expires", minute(key.expires_at)],
      ["revoked", key.revoked_at === null ? null : minute(key.revoked_at)],
      ["paused", key.paused_at === null ? null : minute(key.paused_at)],
      ["spent (24 h)", formatUsd(key.spent)],
      ["held", formatUsd(key.held)],
      ["remaining", key.remaining === null || hasEnded(key) ? null : formatUsd(key.remaining)],
      ["calls", String(key.calls)],
      ...policyFields(key.policy),
      ["labels", listOf(labels)],
    ],
    width,
  );
}

/** What is said beside a new key: what it may do. The key itself is printed apart. */
export function renderIssued(key: IssuedVaultKey, width: number | undefined): string {
  return renderFields(
    [
      ["id", key.id],
      ["name", printable(key.name)],
      ["role", key.role],
      ["expires", minute(key.expires_at)],
      ...policyFields(key.policy),
    ],
    width,
  );
}
