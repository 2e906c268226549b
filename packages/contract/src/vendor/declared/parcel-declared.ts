import { declareVendor, readDescription } from "@keybrake/proxy";
import { parcelUnderTest } from "../parcel/parcel-under-test.ts";
import type { VendorUnderTest } from "../vendor-under-test.ts";

/** Parcel, whose API is told in `../parcel/parcel.ts` by code, in a description: it takes ten minutes to write one. */
const DESCRIPTION = {
  name: "parcel",
  title: "Parcel",
  base_url: "https://api.parcel.example",
  authentication: { kind: "header", name: "api-key" },
  credential: { environment: "PARCEL_API_KEY", live: ["parcel_live_"], test: ["parcel_test_"] },
  error: { code: "errors.0.reason", message: "errors.0.text" },
  stamp: { param: "tags", as: "map", prefix: "kb-" },
  operations: {
    "labels.create": {
      method: "POST",
      path: "/labels",
      parameters: ["to", "cost_minor", "reference", "note", "tags"],
      identity: ["to", "cost_minor", "reference"],
      cost: { param: "cost_minor", unit: "minor", currency: "usd" },
      charged: { param: "charged_minor", unit: "minor", currency: "usd" },
    },
    "labels.list": { method: "GET", path: "/labels", simulated: { labels: [] } },
    "pickups.create": { method: "POST", path: "/pickups", parameters: ["to", "cost_minor"] },
  },
};

function declare(data: unknown): VendorUnderTest["vendor"] {
  const read = readDescription(data);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return declareVendor(read.description);
}

/** The same stand-in, the same calls, the same suite. */
export const parcelDeclared: VendorUnderTest = { ...parcelUnderTest, vendor: declare(DESCRIPTION) };
