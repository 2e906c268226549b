import type { VaultKeyInfo, VaultKeyPolicy } from "@keybrake/core";
import { describe, expect, test } from "vitest";
import { renderVaultKey, renderVaultKeys } from "./vault-keys.ts";

const plain = (_format: unknown, text: string) => text;
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
const AT = "2026-06-10T12:00:01.000Z";

const POLICY: VaultKeyPolicy = {
  allowed_operations: ["charges.create"],
  daily_usd_cap: null,
  budgets: ["team"],
  max_usd_per_call: null,
  currencies: null,
  customers: null,
  stripe_accounts: [],
  max_calls: null,
  rate_per_minute: null,
  simulate: false,
  assume_usd: {},
  allow_raw_cards: false,
  unpaid_intents: "window",
  dedupe: "auto",
  act_window: "24h",
  act_includes: [],
  enforcement: "enforce",
  cap_status: 429,
  approval: null,
  bind: null,
  may_delegate: null,
};

type Changes = Partial<VaultKeyInfo> & { readonly cap?: number };

describe("a table of keys", () => {
  const key = (name: string, { cap, ...changes }: Changes = {}): VaultKeyInfo => ({
    ...{ id: `key_${"0".repeat(32)}`, name, vendor: "stripe", account: "default", role: "billing" },
    policy: { ...POLICY, daily_usd_cap: cap ?? null },
    ...{ status: "active", labels: {}, created_at: AT, expires_at: AT },
    ...{ parent_id: null, revoked_at: null, paused_at: null, spent: 0, held: 0, remaining: 1, calls: 0 },
    ...changes,
  });

  test("says the cap of each and what is spent of it, held money too", () => {
    const keys = [
      key("june", { cap: 500, spent: 120.5, held: 29 }),
      key("gone", { cap: 5000, status: "revoked" }),
      key("team-key", { spent: 3 }),
    ];
    expect(
      renderVaultKeys(keys, undefined, plain)
        .replaceAll(/key_0+ /g, "ID ")
        .split("\n"),
    ).toEqual([
      "id                                   name     role    status       cap   spent",
      "ID june     billing active   $500.00 $149.50",
      "ID gone     billing revoked $5000.00   $0.00",
      "ID team-key billing active    shared   $3.00",
      "",
    ]);
  });

  test("never cuts a number, nor a name that takes two columns a character: the role goes first", () => {
    const largest = { cap: 10_000_000, spent: 9_999_999.9921 };
    const text = renderVaultKeys([key("請求書", largest), key("a-name-of-some-length")], undefined, plain);
    expect(text).toContain("請求書 ");
    expect(text).toContain(" $10000000.00 $9999999.9921\n");
    expect(text).not.toContain("role");
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(renderVaultKeys([key("x", largest)], 120, plain)).toContain("role");
  });

  test("a key that no call may use has nothing left", () => {
    const shown = (status: VaultKeyInfo["status"]) =>
      renderVaultKey(key("june", { status, remaining: 5000 }), undefined, plain);
    expect(shown("active")).toContain("remaining       $5000.00");
    expect(shown("revoked")).not.toContain("remaining");
    expect(shown("expired")).not.toContain("remaining");
  });
});
