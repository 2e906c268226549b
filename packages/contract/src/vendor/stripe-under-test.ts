import { VENDORS } from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";
import type { ClientRequest, VendorUnderTest } from "./vendor-under-test.ts";

function form(path: string, fields: Readonly<Record<string, string>>): ClientRequest {
  const body = new URLSearchParams(fields).toString();
  return { method: "POST", path, body, contentType: "application/x-www-form-urlencoded" };
}

const charge = (fields: Readonly<Record<string, string>>) =>
  form("/stripe/v1/charges", { amount: "700", currency: "usd", source: "tok_visa", ...fields });

/** Stripe, with the emulator as its stand-in. */
export const stripeUnderTest: VendorUnderTest = {
  vendor: VENDORS.stripe,
  credential: "sk_test_contract0credential",
  async startStandIn(credential) {
    const emulator = await startEmulator({ secretKeys: [credential] });
    const headers = { authorization: `Bearer ${credential}` };
    return {
      url: emulator.url,
      async executed() {
        const response = await fetch(`${emulator.url}/v1/charges?limit=100`, { headers });
        const { data } = (await response.json()) as {
          data: { paid: boolean; metadata: { keybrake_key?: string } }[];
        };
        return data.filter(({ paid }) => paid).map(({ metadata }) => metadata.keybrake_key ?? null);
      },
      close: () => emulator.close(),
    };
  },
  keyHeaders: (key) => ({ authorization: `Bearer ${key}` }),
  errorCode: (body) => (body as { error?: { code?: string } }).error?.code ?? null,
  refusedCredential: (credential) => ({
    kind: "answer",
    status: 401,
    headers: { "content-type": "application/json", "request-id": "req_contract" },
    body: JSON.stringify({
      error: { type: "invalid_request_error", message: `Invalid API Key provided: ${credential}` },
    }),
  }),
  calls: {
    write: (act) => charge({ "metadata[reference]": `act-${act}` }),
    usdMicros: 7_000_000,
    writeOperation: "charges.create",
    unpriceable: form("/stripe/v1/customer_sessions", { customer: "cus_1" }),
    unpriceableOperation: "customerSessions.create",
    read: { method: "GET", path: "/stripe/v1/customers?limit=1" },
    readOperation: "customers.list",
    unknown: { method: "POST", path: "/stripe/v1/nothing" },
    declined: charge({ source: "tok_chargeDeclined" }),
    reserved: charge({ "metadata[keybrake_key]": "key_of_somebody_else" }),
  },
};
