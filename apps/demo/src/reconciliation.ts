import type { AuditRow } from "@keybrake/core";
import { type Check, check } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** The demo charges US dollars alone, whose smallest unit is a cent. */
const MICROS_PER_MINOR = 10_000;

/** For people; what is compared are the integers. */
function dollars(micros: number): string {
  return `$${(micros / 1_000_000).toFixed(2)}`;
}

const OPEN: ReadonlySet<AuditRow["state"]> = new Set(["held", "unknown", "awaiting"]);

/** Ledger and Stripe, each asked by itself, to the millionth of a dollar and object by object. */
export async function reconcile(stage: Stage, rows: readonly AuditRow[]): Promise<readonly Check[]> {
  const posted = rows.filter((row) => row.state === "posted" && row.usd_micros > 0);
  const open = rows.filter((row) => OPEN.has(row.state));
  const charges = (await stage.books.charges()).filter((charge) => charge.status === "succeeded");
  const ledgerMicros = posted.reduce((sum, row) => sum + row.usd_micros, 0);
  const stripeMicros = charges.reduce((sum, charge) => sum + charge.amount * MICROS_PER_MINOR, 0);
  const ids = (list: readonly (string | null)[]) => [...list].sort().join();
  return [
    check(
      `ledger ${dollars(ledgerMicros)} = ${stage.stripeName} ${dollars(stripeMicros)}`,
      ledgerMicros === stripeMicros,
    ),
    check(
      `${posted.length} posted rows = ${charges.length} charges, one to one`,
      ids(posted.map((row) => row.object_id)) === ids(charges.map((charge) => charge.id)),
    ),
    check("nothing is left held or unknown", open.length === 0),
  ];
}
