/** Card readers: what is paid at a counter. */
import { type ClassedOperation, free, freeWith, priced, unpriceable } from "./operation-class.ts";

export const TERMINAL: readonly ClassedOperation[] = [
  ...priced(
    "terminal.readers",
    ["collectPaymentMethod", "processPaymentIntent", "confirmPaymentIntent"],
    "the intent's `amount`, looked up, less what was counted for it; tips are switched off (`skip_tipping`)",
  ),
  ...priced("terminal.readers", ["refundPayment"], "as `refunds.create`"),
  ...free("terminal.readers", ["processSetupIntent"], "What a saved card pays is counted when it is charged"),
  ...free("terminal.readers", ["create", "update", "del", "cancelAction", "setReaderDisplay"]),
  ...free("terminal.readers", ["collectInputs"], "Asks the person at the reader, who sees the question"),
  ...unpriceable(
    "terminal.connectionTokens",
    ["create"],
    "A secret by which a program takes payments at readers",
  ),
  ...unpriceable(
    "terminal.onboardingLinks",
    ["create"],
    "A link by which terms are accepted and readers made",
  ),
  ...free("terminal.configurations", ["create"], "No reader uses a new one"),
  ...unpriceable(
    "terminal.configurations",
    ["update", "del"],
    "Tips, offline payments and the admin passcode of readers in use",
  ),
  ...free(
    "terminal.locations",
    ["create", "del"],
    "No reader is in a new one; none is left in one that can go",
  ),
  ...freeWith(
    "terminal.locations",
    ["update"],
    "address address_kana address_kanji display_name display_name_kana display_name_kanji expand metadata phone",
    "`configuration_overrides` decide about tips and offline payments of the readers there",
  ),
];
