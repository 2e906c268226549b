import type { AuditRow } from "@keybrake/core";
import { expect, test } from "vitest";
import { redact } from "../redact.ts";
import { formatAmount } from "./amount.ts";
import { createAuditTable } from "./audit-table.ts";
import { renderFields } from "./fields.ts";
import { printable } from "./printable.ts";
import { describeRoles, renderRoles } from "./roles.ts";
import { renderRows } from "./table.ts";

const plain = (_format: unknown, text: string) => text;

function row(changes: Partial<AuditRow>): AuditRow {
  return {
    call_id: "call_1",
    at: "2026-06-10T12:00:01.000Z",
    vault_key_id: "key_1",
    vault_key_name: "billing",
    role: "billing",
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
    usd_cents: 2900,
    state: "posted",
    status: 200,
    upstream_request_id: null,
    object_id: "ch_1",
    latency_ms: 1,
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
      usd_cents: 0,
    }),
    row({ agent: "a-very-long-agent-name", operation: "paymentIntents.create", amount_minor: 99_999_999 }),
    row({ operation: null, path: `/v1/${"x".repeat(200)}`, amount_minor: 99_999_999, currency: "eur" }),
    row({ decision: "replayed", state: "none" }),
    row({ state: "unknown", code: "outcome_unknown" }),
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

test("keys are cut out of a text", () => {
  expect(redact("x --stripe-key=sk_live_abc123 rk_test_9 vk_sim_a-b_c")).toBe(
    "x --stripe-key=sk_live_… rk_test_… vk_sim_…",
  );
  expect(redact("task_live_1")).toBe("task_live_1");
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
