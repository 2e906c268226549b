/** Object ids, wherever they stand: in a path, in a parameter, in an answer. */

/** The characters of the ids that Stripe makes. */
const STRIPE_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** Of what is named (coupons, plans, types of reports): a few marks more, none that means something in a URL's path. */
const NAME = /^[A-Za-z0-9_.:@+=,~-]{1,255}$/;

const CUSTOMER_ID = /^cus_[A-Za-z0-9_]{1,100}$/;
const ACCOUNT_ID = /^acct_[A-Za-z0-9_]{1,100}$/;

const ALPHANUMERIC = /[A-Za-z0-9]/;

/** As policies list them. */
export function isCustomerId(text: string): boolean {
  return CUSTOMER_ID.test(text);
}

/** As policies list them. */
export function isAccountId(text: string): boolean {
  return ACCOUNT_ID.test(text);
}

/** True for ids that may be put into any path. Never true for anything with a dot, a slash or a percent sign. */
export function isObjectId(text: string): boolean {
  return STRIPE_ID.test(text) && ALPHANUMERIC.test(text);
}

/** True for ids that are names. Never true for `.`, `..` or anything holding `..`. */
export function isName(text: string): boolean {
  return NAME.test(text) && ALPHANUMERIC.test(text) && !text.includes("..");
}
