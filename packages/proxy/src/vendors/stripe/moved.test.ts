import { describe, expect, test } from "vitest";
import type { Amount } from "../vendor.ts";
import { objectIdOf, readMoved } from "./moved.ts";

const PRICED = { amountMinor: 1000, currency: "usd" };

const read = (operation: string, body: unknown, priced: Amount) => ({
  ...readMoved(operation, body, priced),
  objectId: objectIdOf(body),
});

describe("what a success answer says has moved", () => {
  test.each<[string, unknown, number | null, string | null, string | null]>([
    [
      "charges.create",
      { id: "ch_1", amount: 1000, amount_captured: 0, currency: "usd" },
      1000,
      "usd",
      "ch_1",
    ],
    ["charges.create", { id: "ch_1", amount: 900, currency: "EUR" }, 900, "eur", "ch_1"],
    ["invoices.pay", { id: "in_1", status: "paid", amount_paid: 1200, currency: "usd" }, 1200, "usd", "in_1"],
    ["invoices.pay", { id: "in_1", status: "open", amount_paid: 0, currency: "usd" }, 1000, "usd", "in_1"],
    [
      "charges.capture",
      { id: "ch_1", captured: true, amount: 1000, amount_captured: 400, currency: "usd" },
      400,
      "usd",
      "ch_1",
    ],
    [
      "charges.capture",
      { id: "ch_1", captured: false, amount_captured: 0, currency: "usd" },
      1000,
      "usd",
      "ch_1",
    ],
    [
      "paymentIntents.create",
      { id: "pi_1", amount: 1000, amount_received: 0, currency: "usd", status: "processing" },
      1000,
      "usd",
      "pi_1",
    ],
    [
      "paymentIntents.capture",
      { id: "pi_1", status: "succeeded", amount: 1000, amount_received: 300, currency: "usd" },
      300,
      "usd",
      "pi_1",
    ],
    [
      "paymentIntents.capture",
      { id: "pi_1", status: "processing", amount_received: 0, currency: "usd" },
      1000,
      "usd",
      "pi_1",
    ],
    ["refunds.create", { id: "re_1", amount: 1000, currency: "usd", status: "pending" }, 1000, "usd", "re_1"],
    [
      "customers.createBalanceTransaction",
      { id: "cbtxn_1", amount: -700, currency: "usd" },
      700,
      "usd",
      "cbtxn_1",
    ],
    ["invoices.finalizeInvoice", { id: "in_1", amount_due: 1200, currency: "usd" }, 1200, "usd", "in_1"],
    ["invoices.pay", { id: "in_1", amount_paid: 5, status: "open", currency: "usd" }, 1000, "usd", "in_1"],
    ["checkout.sessions.create", { id: "cs_1", amount_total: 800, currency: "usd" }, 800, "usd", "cs_1"],
    ["creditNotes.create", { id: "cn_1", amount: 5, currency: "usd" }, 1000, "usd", "cn_1"],
    // What the answer does not say plainly stays as priced.
    ["charges.create", null, 1000, "usd", null],
    ["charges.create", "ok", 1000, "usd", null],
    ["charges.create", [], 1000, "usd", null],
    ["charges.create", { id: 7 }, 1000, "usd", null],
    ["charges.create", { id: "x".repeat(256) }, 1000, "usd", null],
    ["charges.create", { id: "ch_1", amount: "5", currency: "usd" }, 1000, "usd", "ch_1"],
    ["charges.create", { id: "ch_1", amount: -5, currency: "usd" }, 1000, "usd", "ch_1"],
    ["charges.create", { id: "ch_1", amount: 5.5, currency: "usd" }, 1000, "usd", "ch_1"],
    ["charges.create", { id: "ch_1", amount: 5 }, 1000, "usd", "ch_1"],
  ])("%s %j", (operation, body, amountMinor, currency, objectId) => {
    expect(read(operation, body, PRICED)).toEqual({ amountMinor, currency, objectId });
  });

  test("an unpriced call moves nothing, whatever its answer shows", () => {
    const answer = { id: "ch_1", amount: 1000, currency: "usd" };
    const free = { amountMinor: null, currency: null };
    expect(read("charges.retrieve", answer, free)).toEqual({ ...free, objectId: "ch_1" });
    expect(read("charges.list", { object: "list", data: [] }, free)).toEqual({
      ...free,
      objectId: null,
    });
  });
});
