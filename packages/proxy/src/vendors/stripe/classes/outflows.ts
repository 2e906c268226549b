/** Money sent to others and to one's own bank, and the accounts it goes to. */
import { type ClassedOperation, free, priced, unpriceable } from "./operation-class.ts";

export const OUTFLOWS: readonly ClassedOperation[] = [
  ...priced(
    "transfers",
    ["create"],
    "`amount` and `currency`, or the whole source charge, looked up and then sent",
  ),
  ...priced(
    "transfers",
    ["createReversal"],
    "`amount`, or what is left of the transfer, looked up and then sent",
  ),
  ...free("transfers", ["update", "updateReversal"]),
  ...priced("payouts", ["create"], "`amount` and `currency`"),
  ...priced("payouts", ["cancel", "reverse"], "the payout's `amount`, looked up, which comes back"),
  ...free("payouts", ["update"]),
  ...priced("topups", ["create"], "`amount` and `currency`"),
  ...priced("topups", ["cancel"], "the top-up's `amount`, looked up"),
  ...free("topups", ["update"]),
  ...priced(
    "applicationFees",
    ["createRefund"],
    "`amount`, or what is left of the fee, looked up and then sent",
  ),
  ...free("applicationFees", ["updateRefund"]),
  ...priced(
    "climate.orders",
    ["create"],
    "`amount` and `currency`; refused when only `metric_tons` are given",
  ),
  ...priced("climate.orders", ["cancel"], "the order's `amount_total`, looked up: its fees are lost"),
  ...free("climate.orders", ["update"], "Whose name stands on the order"),

  ...unpriceable(
    "accounts",
    ["create"],
    "Opens an account that is paid, with a bank account and accepted terms",
  ),
  ...unpriceable(
    "accounts",
    ["update"],
    "Bank account, payout schedule and capabilities are parameters of it",
  ),
  ...unpriceable("accounts", ["del"], "Ends what the account is paid and what it owes"),
  ...unpriceable("accounts", ["reject", "unreject"], "Stops or starts what the account charges and is paid"),
  ...unpriceable(
    "accounts",
    ["createExternalAccount", "updateExternalAccount", "deleteExternalAccount"],
    "Decides where the account's payouts go",
  ),
  ...unpriceable(
    "accounts",
    ["createPerson", "updatePerson", "deletePerson"],
    "Who owns and represents an account decides whether it is paid out",
  ),
  ...unpriceable("accounts", ["updateCapability"], "Switches what the account may charge and be paid"),
  ...unpriceable("accounts", ["createLoginLink"], "A way into the account's dashboard"),
  ...unpriceable("accountLinks", ["create"], "A link by which bank account and identity are changed"),
  ...unpriceable("accountSessions", ["create"], "Its secret can pay out, refund and close disputes"),
  ...unpriceable(
    "balanceSettings",
    ["update"],
    "Payout schedule, minimum balance and debits of negative balances",
  ),
  ...unpriceable("oauth", ["token"], "Yields a key to another account"),
  ...unpriceable("oauth", ["deauthorize"], "Cuts a connected account off"),
];
