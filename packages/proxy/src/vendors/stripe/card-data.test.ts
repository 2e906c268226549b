import { expect, test } from "vitest";
import { cardDataIn } from "./card-data.ts";
import { decodeForm } from "./form.ts";

function found(form: string): string | null {
  const decoded = decodeForm(form);
  if (!decoded.ok) throw new Error(decoded.message);
  return cardDataIn(decoded.params);
}

test.each([
  ["source[object]=card&source[number]=4242424242424242&source[exp_year]=2030", "source[number]"],
  ["card[number]=4242424242424242", "card[number]"],
  ["type=card&card[cvc]=123", "card[cvc]"],
  ["payment_method_data[card][number]=4242424242424242", "payment_method_data[card][number]"],
  ["payment_method_options[card][cvc]=123", "payment_method_options[card][cvc]"],
  ["external_account[object]=card&external_account[number]=4242", "external_account[number]"],
  ["cvc=123", "cvc"],
])("%s holds card data", (form, param) => {
  expect(found(form)).toBe(param);
});

test.each([
  "source=tok_visa",
  "payment_method=pm_card_visa",
  "card[token]=tok_visa",
  "number=INV-1",
  "metadata[number]=4242424242424242",
  "metadata[card]=visa&metadata[cvc]=passed",
  "payment_method_options[card][cvc_token]=cvctok_1",
  "bank_account[account_number]=000123456789",
])("%s holds none", (form) => {
  expect(found(form)).toBeNull();
});
