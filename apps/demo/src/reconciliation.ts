import type { AuditRow } from "@keybrake/core";
import { type Check, check } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** Ledger and Stripe, each asked by itself, to the cent and object by object. */
export async function reconcile(stage: Stage, rows: readonly AuditRow[]): Promise<readonly Check[]> {
  const posted = rows.filter((row) => row.state === "posted" && row.usd_cents > 0);
  const open = rows.filter((row) => row.state === "held" || row.state === "unknown");
  const charges = (await stage.books.charges()).filter((charge) => charge.status === "succeeded");
  const ledgerCents = posted.reduce((sum, row) => sum + row.usd_cents, 0);
  const stripeCents = charges.reduce((sum, charge) => sum + charge.amount, 0);
  const ids = (list: readonly (string | null)[]) => [...list].sort().join();
  return [
    check(
      `ledger $${(ledgerCents / 100).toFixed(2)} = ${stage.stripeName} $${(stripeCents / 100).toFixed(2)}`,
      ledgerCents === stripeCents,
    ),
    check(
      `${posted.length} posted rows = ${charges.length} charges, one to one`,
      ids(posted.map((row) => row.object_id)) === ids(charges.map((charge) => charge.id)),
    ),
    check("nothing is left held or unknown", open.length === 0),
  ];
}
