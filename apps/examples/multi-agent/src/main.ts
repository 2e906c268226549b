/** The witness: runs the app offline, with a scripted stand-in for the models, and checks what it did. */
import assert from "node:assert/strict";
import { createDelegationClient } from "@keybrake/core";
import { openWitness, type Script, type Turn } from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";
import { billInvoices } from "./app.ts";

await using witness = await openWitness("Orchestrator", ["openai", "anthropic"]);
const { admin, customer, order } = witness;
// The cap is enough for two of the three.
await using lead = await admin.leaseVaultKey({
  name: `orchestrator-${order}`,
  role: "billing",
  daily_usd_cap: 10,
  may_delegate: { keys: 10 },
});
process.env.KEYBRAKE_ORCHESTRATOR_VAULT_KEY = lead.vaultKey;

const amountMinor = 490;
const ids = [1, 2, 3].map((line) => `${order}-${line}`);
const invoices = ids.map((id) => ({ id, customerId: customer, amountMinor }));

const bill: Turn = (results) =>
  results.length === 0
    ? ids.map((invoice) => ({ tool: "bill_invoice", input: { invoice } }))
    : `${results.filter((text) => text.includes("is charged")).length} of ${ids.length} are charged.`;

const charge: Script = ([result], task) => {
  const reference = task.match(/reference (\S+)\.$/)?.[1] ?? "none";
  const input = { customer_id: customer, amount_cents: amountMinor, currency: "usd", reference };
  if (result === undefined) return [{ tool: "create_charge", input }];
  return /\bch_/.test(result) ? `${reference} is charged.` : `${reference} is not charged.`;
};

const script: Script = (results, task) => (task.startsWith("Bill") ? bill : charge)(results, task);
const model = await chooseModel(witness.model, script);
const answer = await billInvoices(invoices, { name: `invoices-${order}`, model });

const charges = (await Promise.all(ids.map(witness.charges))).flat();
const calls = (await Promise.all(ids.map(witness.calls))).flat();

assert.deepEqual(
  charges.map((charged) => charged.amount),
  [amountMinor, amountMinor],
  "Stripe has two charges",
);
assert.deepEqual(
  calls.filter(({ decision }) => decision === "denied").map(({ code }) => code),
  ["spend_cap_exceeded"],
  "the orchestrator's cap refused the third",
);
const keys = new Set(calls.map(({ vault_key_id }) => vault_key_id));
assert.equal(keys.size, ids.length, "each worker had a key of its own");
assert.ok(!keys.has(lead.id), "the orchestrator charged nothing itself");
for (const id of keys) {
  assert.equal((await admin.vaultKeys.get(id)).status, "revoked", "the keys ended with their workers");
}
assert.equal((await admin.vaultKeys.get(lead.id)).spent, 9.8, "they spent what the orchestrator may");
const wider = createDelegationClient({ vaultKey: lead.vaultKey }).create({
  name: "wider",
  daily_usd_cap: 11,
});
await assert.rejects(wider, { code: "wider_than_parent" }, "it cannot give away more than it has");
assert.match(answer, /2/, "the orchestrator reports two");
witness.confirm();
