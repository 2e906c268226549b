/** What surrounds the money: files, webhooks, apps, reports, identity. */
import { type ClassedOperation, free, freeWith, unpriceable } from "./operation-class.ts";

export const PLATFORM: readonly ClassedOperation[] = [
  ...unpriceable(
    "files",
    ["create"],
    "`file_link_data` publishes the file; its body cannot be read on the way",
  ),
  ...unpriceable("fileLinks", ["create"], "A public link to a file: evidence, identity papers, reports"),
  ...freeWith("fileLinks", ["update"], "expand metadata", "`expires_at` keeps a public link open"),
  ...unpriceable(
    "webhookEndpoints",
    ["create", "update"],
    "Sends what happens in the account to an address of the caller's choice",
  ),
  ...unpriceable(
    "webhookEndpoints",
    ["del"],
    "Who listens there hears of no more payments, refunds and disputes",
  ),
  ...unpriceable("apps.installs", ["create", "update"], "Grants an app what it asks for in the account"),
  ...unpriceable(
    "apps.installs",
    ["uninstall"],
    "Ends what an app does for the account: its limits, its taxes",
  ),
  ...unpriceable("apps.secrets", ["create", "deleteWhere"], "An app acts with this secret"),
  ...free("reporting.reportRuns", ["create"], "Makes a file, which only who may read files can read"),
  ...free(
    "identity.verificationSessions",
    ["create", "update", "cancel"],
    "A person shows papers; Stripe's fee falls due only when one does",
  ),
  ...free("identity.verificationSessions", ["redact"], "Destroys personal data; moves nothing"),
];
