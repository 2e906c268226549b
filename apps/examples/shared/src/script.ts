/** A tool call that a model makes. */
export interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a model answers: its last words, or tool calls. */
export type Reply = string | readonly Call[];

/** One answer of a scripted model, given the texts of all tool results that it was shown, oldest first. */
export type Turn = (results: readonly string[]) => Reply;

/** A stand-in's answers, one after the other. Throws when asked for more than there are. */
export type Script = (results: readonly string[]) => Reply;

export function createScript(turns: readonly Turn[]): Script {
  const left = turns.values();
  return (results) => {
    const { value: turn } = left.next();
    if (turn === undefined) throw new Error("the script has ended");
    return turn(results);
  };
}

/** The charge that was last mentioned, as a model would pick it from what it reads. */
function chargeIn(results: readonly string[]): string {
  return results.flatMap((text) => text.match(/\bch_\w+/g) ?? []).at(-1) ?? "none";
}

/**
 * What the model says at the billing desk: it charges, charges again in other words, tries to refund as the
 * billing agent, hands over to the refund agent, and then to the audit agent, which looks the charge up.
 */
export function billingDeskTurns({
  customer,
  order,
  handOver,
}: {
  readonly customer: string;
  readonly order: string;
  /** Each framework has its own tool for this. */
  readonly handOver: (agent: "refund" | "audit") => Call;
}): readonly Turn[] {
  const charge = { customer_id: customer, amount_cents: 490, currency: "usd", reference: order };
  return [
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan" } }],
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan, once more to be sure" } }],
    (results) => [{ tool: "create_refund", input: { charge_id: chargeIn(results) } }],
    () => [handOver("refund")],
    (results) => [{ tool: "create_refund", input: { charge_id: chargeIn(results) } }],
    () => [handOver("audit")],
    () => [{ tool: "check_existing_charge", input: { customer_id: customer, reference: order } }],
    // Only the audit agent's own result: it has to have found the charge.
    (results) => `${chargeIn(results.slice(-1))} was charged once and is refunded.`,
  ];
}
