import type { IssuedVaultKey, VaultKeyInfo, VaultKeyPolicy } from "@keybrake/core";
import type { Output } from "../io.ts";
import { renderFields } from "./fields.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

type Style = Output["style"];

const COLUMNS: readonly Column[] = [
  { title: "id", width: 36 },
  { title: "name", width: 8, widthMax: 40 },
  { title: "role", width: 7 },
  { title: "status", width: 8 },
  { title: "remaining", width: 9, align: "right" },
];

/** `2026-06-01T12:00:00.000Z` → `2026-06-01 12:00 UTC`. */
function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

function statusOf(key: VaultKeyInfo, style: Style): string {
  const colours = { active: "green", revoked: "red", expired: "yellow" } as const;
  return style(colours[key.status], key.status);
}

/** A list of keys; titles first. */
export function renderVaultKeys(
  keys: readonly VaultKeyInfo[],
  width: number | undefined,
  style: Style,
): string {
  const rows = keys.map((key) => [
    key.id,
    printable(key.name),
    key.role ?? "",
    statusOf(key, style),
    key.remaining === null ? "" : formatUsd(key.remaining),
  ]);
  const columns = fitColumns(COLUMNS, rows);
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
    ["over the cap", `HTTP ${policy.cap_status}`],
  ];
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
      ["created", minute(key.created_at)],
      ["expires", minute(key.expires_at)],
      ["revoked", key.revoked_at === null ? null : minute(key.revoked_at)],
      ["spent (24 h)", formatUsd(key.spent)],
      ["held", formatUsd(key.held)],
      ["remaining", key.remaining === null ? null : formatUsd(key.remaining)],
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
