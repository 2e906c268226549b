import type { ClientRequest, VendorUnderTest } from "../vendor-under-test.ts";
import { parcel } from "./parcel.ts";
import { startParcelServer } from "./parcel-server.ts";

function label(fields: Readonly<Record<string, unknown>>): ClientRequest {
  const body = JSON.stringify({ to: "Bremen", cost_minor: 350, ...fields });
  return { method: "POST", path: "/parcel/labels", body, contentType: "application/json" };
}

export const parcelUnderTest: VendorUnderTest = {
  vendor: parcel,
  credential: "parcel_test_c0ntract",
  startStandIn: startParcelServer,
  keyHeaders: (key) => ({ "api-key": key }),
  errorCode: (body) => (body as { errors?: { reason: string }[] }).errors?.[0]?.reason ?? null,
  refusedCredential: (credential) => ({
    kind: "answer",
    status: 401,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ errors: [{ reason: "bad_key", text: `${credential} is not valid` }] }),
  }),
  calls: {
    write: (act) => label({ reference: act }),
    usdMicros: 3_500_000,
    writeOperation: "labels.create",
    unpriceable: { ...label({}), path: "/parcel/pickups" },
    unpriceableOperation: "pickups.create",
    read: { method: "GET", path: "/parcel/labels" },
    readOperation: "labels.list",
    unknown: { method: "GET", path: "/parcel/nothing" },
    declined: label({ to: "nowhere" }),
    reserved: label({ tags: { "KB-key": "key_of_somebody_else" } }),
  },
};
