import type { CredentialMode, ObjectPage } from "../vendor.ts";

/** Which of Stripe's own pages shows what kind of object. What is not here has no page that its id alone leads to. */
const PAGES = [
  ...[
    ["ch_", "payments"],
    ["py_", "payments"],
    ["pi_", "payments"],
    ["cus_", "customers"],
    ["in_", "invoices"],
    ["sub_", "subscriptions"],
  ],
  ...[
    ["po_", "payouts"],
    ["prod_", "products"],
    ["price_", "prices"],
    ["acct_", "connect/accounts"],
  ],
] as const;

/** Objects of test keys are under a path of their own (docs.stripe.com/keys, "test mode"). */
export function objectPages(mode: CredentialMode): readonly ObjectPage[] {
  const root = `https://dashboard.stripe.com/${mode === "test" ? "test/" : ""}`;
  return PAGES.map(([starts, page]) => ({ starts, at: `${root}${page}/` }));
}
