import type { AuditRow, BudgetInfo } from "@keybrake/core";
import { expect, test } from "vitest";
import { formatAmount } from "./amount.ts";
import { createAuditTable } from "./audit-table.ts";
import { renderBudgets } from "./budgets.ts";
import { renderFields } from "./fields.ts";
import { formatMicros, formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { describeRoles, renderRoles } from "./roles.ts";
import { renderRows } from "./table.ts";

const plain = (_format: unknown, text: string) => text;

function row(changes: Partial<AuditRow>): AuditRow {
  return {
    call_id: "call_1",
    at: "2026-06-10T12:00:01.000Z",
    vendor: "stripe",
    account: "default",
    vault_key_id: "key_1",
    vault_key_name: "billing",
    role: "billing",
    labels: {},
    simulate: false,
    run_id: "run_1",
    agent: "billing",
    conversation_id: null,
    turn: null,
    traceparent: null,
    operation: "charges.create",
    method: "POST",
    path: "/v1/charges",
    idempotency_key: "k",
    decision: "allowed",
    code: null,
    amount_minor: 2900,
    currency: "usd",
    usd_micros: 29_000_000,
    usd_cents: 2900,
    moved_usd: 29,
    customer: null,
    would_code: null,
    state: "posted",
    status: 200,
    upstream_request_id: null,
    upstream_idempotency_key: null,
    object_id: "ch_1",
    latency_ms: 1,
    times: 1,
    settled_by: null,
    settled_reason: null,
    over_hold_micros: 0,
    ...changes,
  };
}

function widest(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

test("amounts keep the currency's own decimals", () => {
  expect(formatAmount(2900, "usd")).toBe("$29.00");
  expect(formatAmount(5, "usd")).toBe("$0.05");
  expect(formatAmount(0, "eur")).toBe("0.00 eur");
  expect(formatAmount(1250, "jpy")).toBe("1250 jpy");
  expect(formatAmount(1250, "kwd")).toBe("1.250 kwd");
});

test("an audit table fits 80 columns and never cuts a number", () => {
  const table = createAuditTable(undefined, plain);
  const text = table([
    row({}),
    row({
      decision: "denied",
      state: "none",
      code: "operation_not_allowed",
      status: 403,
      amount_minor: null,
      usd_micros: 0,
      usd_cents: 0,
    }),
    row({ agent: "a-very-long-agent-name", operation: "paymentIntents.create", amount_minor: 99_999_999 }),
    row({ operation: null, path: `/v1/${"x".repeat(200)}`, amount_minor: 99_999_999, currency: "eur" }),
    row({ decision: "replayed", state: "none" }),
    row({ state: "unknown", code: "outcome_unknown" }),
    row({
      vendor: "twilio",
      operation: "messages.create",
      amount_minor: null,
      usd_micros: 7900,
      usd_cents: 0.79,
    }),
  ]);
  expect(widest(text)).toBeLessThanOrEqual(80);
  expect(text.split("\n").slice(0, 4)).toEqual([
    "time     agent   operation                   amount decision, state, code",
    "2026-06-10 UTC",
    "12:00:01 billing charges.create              $29.00 allowed posted",
    "12:00:01 billing charges.create                     denied operation_not_allowed",
  ]);
  expect(text).toContain("paymentIntents.create   $999999.99 allowed");
  expect(text).toContain("999999.99 e…");
  expect(text).toMatch(/replayed$/m);
  expect(text).toContain("12:00:01 billing messages.create            $0.0079 allowed posted\n");
});

test("dollars have two decimals, and more where cents do not say it", () => {
  expect([0, 1, 7900, 10_000, 12_340_000, 10_000_000_000_000].map(formatMicros)).toEqual([
    ...["$0.00", "$0.000001", "$0.0079", "$0.01", "$12.34", "$10000000.00"],
  ]);
  // 14.1495 and 0.29 are no binary fractions.
  expect([14.1495, 0.29, 500, 9_999_999.999999].map(formatUsd)).toEqual([
    ...["$14.1495", "$0.29", "$500.00", "$9999999.999999"],
  ]);
});

function budget(changes: Partial<BudgetInfo>): BudgetInfo {
  return {
    name: "team",
    usd_cap: 100,
    window: "24h",
    daily_usd_cap: 100,
    parent: null,
    created_at: "2026-06-10T12:00:01.000Z",
    spent: 0,
    held: 0,
    remaining: 100,
    ...changes,
  };
}

test("a table of budgets keeps its columns, shows what is short in full, and never cuts a number", () => {
  const largest = { usd_cap: 10_000_000, spent: 9_999_999, held: 0.5, remaining: 0.4921 };
  const text = renderBudgets(
    [
      budget({ name: "launch", window: "lifetime", usd_cap: 5000, remaining: 4999.9921, spent: 0.0079 }),
      budget({ name: "x".repeat(100), parent: "p".repeat(100), ...largest }),
      budget({ parent: "launch" }),
    ],
    undefined,
    plain,
  );
  expect(text.split("\n")).toEqual([
    "budget                        cap window         spent  held  remaining parent",
    "launch                   $5000.00 lifetime     $0.0079 $0.00 $4999.9921",
    "xxxxxxxxxxxxxxxxxxx… $10000000.00 24h      $9999999.00 $0.50    $0.4921 ppppppp…",
    "team                      $100.00 24h            $0.00 $0.00    $100.00 launch",
    "",
  ]);
  expect(widest(text)).toBeLessThanOrEqual(80);
});

test("titles come once, and a date line whenever the day changes", () => {
  const table = createAuditTable(undefined, plain);
  const text = table([row({})]) + table([row({}), row({ at: "2026-06-09T23:59:59.000Z" })]);
  expect(text.match(/^time/gm)).toHaveLength(1);
  expect(text.match(/^2026-06-\d\d UTC$/gm)).toEqual(["2026-06-10 UTC", "2026-06-09 UTC"]);
  expect(text.split("\n")).toHaveLength(7);
});

test("a wide terminal shows more of the agent", () => {
  const text = createAuditTable(120, plain)([row({ agent: "billing-agent-eu" })]);
  expect(text).toContain("billing-agent-eu");
  expect(widest(text)).toBeLessThanOrEqual(120);
});

test("what agents call themselves cannot drive a terminal", () => {
  expect(printable("a\u001b[2Jb\u009b\n\u202ec")).toBe("a?[2Jb???c");
  expect(printable("a\nb\u0007", { lines: true })).toBe("a\nb?");
  const text = createAuditTable(undefined, plain)([row({ agent: "\u001b]0;x\u0007", code: "\u001b[31m" })]);
  expect([...text].every((character) => character === "\n" || character >= " ")).toBe(true);
});

test("cells that are too long end in an ellipsis; no rows are no text", () => {
  const columns = [
    { title: "a", width: 5 },
    { title: "b", width: 4, align: "right" as const },
  ];
  expect(renderRows(columns, [["abcdefgh", "1"]])).toBe("abcd…    1\n");
  expect(renderRows(columns, [])).toBe("");
});

test("fields wrap between words and leave out what is not there", () => {
  const text = renderFields(
    [
      ["may call", "aaaa, bbbb, cccc"],
      ["budget", null],
    ],
    26,
  );
  expect(text).toBe("may call        aaaa,\n                bbbb, cccc\n");
});

test("roles list every tool with its operations, and the permissions of Stripe's key", () => {
  const roles = describeRoles();
  const billing = roles.find(({ role }) => role === "billing");
  expect(billing?.restricted_key_permissions).toContainEqual({ resource: "Customers", permission: "Read" });
  const text = renderRoles(roles, undefined, plain);
  expect(widest(text)).toBeLessThanOrEqual(80);
  for (const { role, tools } of roles) {
    expect(text).toMatch(new RegExp(`^${role}$`, "m"));
    for (const tool of tools) {
      const line = new RegExp(
        `^  ${tool.name} +${tool.operations.join(", ")} +${tool.moves_money ? "moves money" : "reads"}$`,
        "m",
      );
      expect(text).toMatch(line);
    }
  }
  expect(text).toContain("Charges and Refunds: Write");
});
