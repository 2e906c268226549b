/**
 * Request targets that try to be read as one operation by the proxy and as another by Stripe. Shared by the
 * unit test of the resolver and by the test that sends them over a real socket.
 */
export interface PathTrick {
  readonly name: string;
  readonly method: string;
  /** The request target, as it would stand in the request line. */
  readonly target: string;
  /** The only operation it may resolve to; null for none. */
  readonly resolvesTo: string | null;
}

const refused = (name: string, target: string, method = "GET"): PathTrick => ({
  name,
  method,
  target,
  resolvesTo: null,
});

const honest = (name: string, target: string, resolvesTo: string, method = "GET"): PathTrick => ({
  name,
  method,
  target,
  resolvesTo,
});

/** Put between `/v1/charges/` and `/refunds`: every spelling of "one level up" and of a slash we know. */
const DOT_SPELLINGS = [
  "..",
  ".",
  "%2e%2e",
  "%2E%2E",
  "%2e.",
  ".%2e",
  "%2e",
  "%252e%252e",
  "%25252e%25252e",
  "..;",
  "..;a=b",
  "..%00",
  "..%20",
  "..\\",
  "..%5c",
  "..%2f",
  "...",
  "%c0%ae%c0%ae",
  "%e0%80%ae%e0%80%ae",
  "%uff0e%uff0e",
  "．．",
] as const;

const SLASH_SPELLINGS = [
  "%2f",
  "%2F",
  "%252f",
  "%25252F",
  "%5c",
  "%5C",
  "\\",
  "%c0%af",
  "%e0%80%af",
  "%u2215",
  "∕",
  "%ef%bc%8f",
] as const;

/** Put at the end of `/v1/charges/ch_1`. */
const SUFFIXES = [
  "/",
  "//",
  ";",
  ";v=1",
  "%3b",
  "%3Bx",
  "%00",
  "%00.json",
  ".json",
  ".xml",
  "%0a",
  "%0d%0aHost:%20evil",
  "%09",
  "%20",
  " ",
  "%7f",
  "%23",
  "%3f",
  "%3Fexpand[]=customer",
  "%25",
  "%",
  "%2",
  "%zz",
  "%u0041",
  "%ff",
  "%c3%a9",
  "é",
  "*",
  "'",
  '"',
  "<",
  "{id}",
  "|",
  "^",
  "`",
  "&a=b",
  "$",
  "!",
  "(1)",
  "[0]",
  ",1",
  "+1",
  "=1",
  ":capture",
  "@evil",
  "~",
] as const;

export const PATH_TRICKS: readonly PathTrick[] = [
  // What honest clients send.
  honest("at the root", "/v1/charges", "charges.list"),
  honest("under the prefix", "/stripe/v1/charges", "charges.list"),
  honest("stripe-python with a trailing slash in api_base", "/stripe//v1/charges", "charges.create", "POST"),
  honest("doubled slash before the version", "//v1/charges", "charges.list"),
  honest("query", "/v1/charges?limit=3&expand[]=data.customer", "charges.list"),
  honest("a path in the query", "/v1/charges?x=/v1/refunds/../../", "charges.list"),
  honest("encoded query", "/v1/charges?created%5Bgte%5D=5", "charges.list"),
  honest("a second question mark", "/v1/charges?a=b?c=d", "charges.list"),
  honest("method override in the query", "/v1/charges?_method=DELETE", "charges.list"),
  honest("literal beside an id", "/v1/charges/search?query=x", "charges.search"),
  honest(
    "literal with another method beside an id",
    "/v1/invoices/create_preview",
    "invoices.createPreview",
    "POST",
  ),
  honest("id that looks like a method", "/v1/charges/capture", "charges.retrieve"),
  honest("an id with a colon, encoded", "/v1/plans/gold%3Amonthly", "plans.retrieve"),
  honest("an id with a dot", "/v1/coupons/summer.2026", "coupons.retrieve"),
  honest(
    "a type of report, whose id has dots",
    "/v1/reporting/report_types/balance.summary.1",
    "reporting.reportTypes.retrieve",
  ),
  refused("a run of a report, whose id has none", "/v1/reporting/report_runs/balance.summary.1"),
  refused("one level up from a type of report", "/v1/reporting/report_types/../report_runs"),
  honest("v2", "/stripe/v2/core/accounts", "v2.core.accounts.list"),

  // Dot segments.
  ...DOT_SPELLINGS.map((dots) => refused(`up with ${dots}`, `/v1/charges/${dots}/refunds`, "POST")),
  ...DOT_SPELLINGS.map((dots) => refused(`up in front with ${dots}`, `/v1/${dots}/v1/refunds`, "POST")),
  ...DOT_SPELLINGS.map((dots) => refused(`as an id: ${dots}`, `/v1/charges/${dots}`)),
  refused("out of the prefix", "/stripe/../v1/refunds", "POST"),
  refused("into the admin API", "/v1/../admin/vault-keys"),
  refused("out and in again", "/v1/charges/../../v1/refunds", "POST"),
  refused("into an action", "/v1/charges/ch_1/../ch_2/capture", "POST"),

  // Slashes that are not slashes.
  ...SLASH_SPELLINGS.map((slash) => refused(`slash as ${slash}`, `/v1/charges${slash}ch_1`)),
  ...SLASH_SPELLINGS.map((slash) =>
    refused(`slash in an id as ${slash}`, `/v1/charges/ch_1${slash}capture`, "POST"),
  ),
  ...SLASH_SPELLINGS.map((slash) => refused(`slash before the version as ${slash}`, `${slash}v1/charges`)),

  // Things after a path.
  ...SUFFIXES.map((suffix) => refused(`suffix ${suffix}`, `/v1/charges/ch_1${suffix}`)),
  ...SUFFIXES.slice(0, 16).map((suffix) =>
    refused(`suffix ${suffix} on a collection`, `/v1/charges${suffix}`),
  ),
  refused("fragment", "/v1/charges#/v1/refunds"),
  refused("fragment in the query", "/v1/charges?a=b#c"),
  refused("control character in the query", "/v1/charges?a=\u0001"),
  refused("line feed in the query", "/v1/charges?a=\r\nX: y"),
  refused("non-ASCII in the query", "/v1/charges?a=é"),
  refused("space in the query", "/v1/charges?a= b"),

  // Empty segments.
  refused("tripled slash in front", "///v1/charges"),
  refused("doubled slash after the version", "/v1//charges"),
  refused("empty id", "/v1/charges//capture", "POST"),
  refused("empty customer id", "/v1/customers//sources"),
  refused("tripled slash after the prefix", "/stripe///v1/charges"),
  refused("trailing slash before a query", "/v1/charges/?limit=1"),

  // Forms of a request target that are not a path.
  refused("absolute form", "http://api.stripe.com/v1/charges"),
  refused("absolute form, https", "https://evil.example/v1/charges"),
  refused("absolute form, upper case", "HTTP://api.stripe.com/v1/charges"),
  refused("absolute form with credentials", "http://user:password@api.stripe.com/v1/charges"),
  refused("another scheme", "file:///v1/charges"),
  refused("scheme-relative", "//api.stripe.com/v1/charges"),
  refused("authority form", "api.stripe.com:443"),
  refused("asterisk form", "*", "OPTIONS"),
  refused("no leading slash", "v1/charges"),
  refused("only a query", "?/v1/charges"),
  refused("empty", ""),
  refused("only a slash", "/"),
  refused("backslash in front", "\\v1\\charges"),

  // Letters.
  refused("upper-case resource", "/v1/Charges"),
  refused("upper-case version", "/V1/charges"),
  refused("upper-case prefix", "/Stripe/v1/charges"),
  refused("all upper case", "/V1/CHARGES"),
  refused("one encoded letter of a resource", "/v1/%63harges"),
  refused("all letters encoded", "/%76%31/%63%68%61%72%67%65%73"),
  refused("encoded literal beside an id", "/v1/charges/%73earch"),
  refused("twice encoded letter", "/v1/%2563harges"),
  refused("encoded letter of an id", "/v1/charges/%63h_1"),
  refused("encoded underscore", "/v1/payment%5fintents"),
  refused("long s", "/v1/chargeſ"),
  refused("full-width letter", "/v1/ｃharges"),
  refused("zero-width space", "/v1/charges/\u200bch_1"),
  refused("soft hyphen", "/v1/char\u00adges"),
  refused("combining mark", "/v1/charges/ch_1\u0301"),
  refused("right-to-left override", "/v1/\u202echarges"),

  // Prefixes and versions.
  refused("prefix twice", "/stripe/stripe/v1/charges"),
  refused("another prefix", "/proxy/v1/charges"),
  refused("prefix after the version", "/v1/stripe/charges"),
  refused("another version", "/v3/charges"),
  refused("no version", "/charges"),
  refused("version twice", "/v1/v1/charges"),
  refused("v1 resource under v2", "/v2/charges", "POST"),
  refused("v2 resource under v1", "/v1/core/accounts"),
  refused("version without a slash", "/v1charges"),
  refused("version alone", "/v1"),
  refused("version with a slash", "/v1/"),
  refused("a longer version", "/v10/charges"),

  // Methods.
  refused("lower-case method", "/v1/charges", "post"),
  refused("mixed-case method", "/v1/charges", "Post"),
  refused("HEAD", "/v1/charges", "HEAD"),
  refused("PUT", "/v1/charges/ch_1", "PUT"),
  refused("PATCH", "/v1/charges/ch_1", "PATCH"),
  refused("OPTIONS", "/v1/charges", "OPTIONS"),
  refused("TRACE", "/v1/charges", "TRACE"),
  refused("CONNECT", "api.stripe.com:443", "CONNECT"),
  refused("no method", "/v1/charges", ""),
  refused("method with a space", "/v1/charges", "POST "),
  refused("DELETE of a charge", "/v1/charges/ch_1", "DELETE"),
  refused("POST to a search", "/v1/charges/search", "POST"),
  refused("GET of a preview that is a POST", "/v1/invoices/create_preview"),

  // Routes that Stripe has or had and the table has not.
  refused("legacy refund of a charge", "/v1/charges/ch_1/refund", "POST"),
  refused("legacy refunds of a charge", "/v1/charges/ch_1/refunds", "POST"),
  refused("legacy upcoming invoice", "/v1/invoices/upcoming"),
  refused("legacy lines of the upcoming invoice", "/v1/invoices/upcoming/lines"),
  refused("legacy balance history", "/v1/balance/history"),
  refused("legacy subscriptions of a customer", "/v1/customers/cus_1/subscriptions", "POST"),
  refused("legacy cards of a customer", "/v1/customers/cus_1/cards", "POST"),
  refused("dispute of a charge", "/v1/charges/ch_1/dispute", "POST"),
  refused("a level too deep", "/v1/charges/ch_1/capture/now", "POST"),
  refused("a prototype's name", "/v1/__proto__"),
  refused("a method of objects", "/v1/constructor"),
  refused("a method of maps", "/v1/charges/ch_1/toString", "POST"),

  // Other hosts of Stripe.
  refused("file upload", "/v1/files", "POST"),
  refused("quote as a file", "/v1/quotes/qt_1/pdf"),
  refused("meter event stream", "/v2/billing/meter_event_stream", "POST"),
  refused("OAuth token", "/oauth/token", "POST"),
  refused("OAuth token under the prefix", "/stripe/oauth/token", "POST"),
  refused("OAuth deauthorisation", "/oauth/deauthorize", "POST"),

  // Length.
  refused("a long id", `/v1/charges/ch_${"1".repeat(300)}`),
  refused("a long path", `/v1/${"charges/".repeat(200)}`),
  refused("a long query", `/v1/charges?a=${"1".repeat(9000)}`),
];
