/** What is sold and at which price: products, prices, discounts, shipping, taxes. */
import { type ClassedOperation, free, freeWith, gives, unpriceable } from "./operation-class.ts";

export const CATALOGUE: readonly ClassedOperation[] = [
  ...free("products", ["create"], "Nobody sells what is new"),
  ...freeWith(
    "products",
    ["update"],
    "active description expand images marketing_features metadata name package_dimensions shippable " +
      "statement_descriptor unit_label url",
    "`default_price` changes what shops ask for the product; `tax_code` and `tax_details` what tax is collected",
  ),
  ...free("products", ["del"], "Only a product that has no price can go"),
  ...free("products", ["createFeature", "deleteFeature"], "What subscribers may use, not what they pay"),

  ...freeWith(
    "prices",
    ["create"],
    "active billing_scheme currency currency_options custom_unit_amount expand lookup_key metadata nickname product " +
      "product_data recurring tax_behavior tiers tiers_mode transform_quantity unit_amount unit_amount_decimal",
    "Nobody sells at a new price; but `transfer_lookup_key` puts it in the place of one that shops sell at",
  ),
  ...freeWith(
    "prices",
    ["update"],
    "active expand metadata nickname",
    "`currency_options` and `tax_behavior` change what buyers pay; `lookup_key` which price shops find",
  ),
  ...freeWith(
    "plans",
    ["create"],
    "active amount amount_decimal billing_scheme currency expand interval interval_count metadata meter nickname " +
      "product tiers tiers_mode transform_usage usage_type",
    "Nobody sells at a new plan; but a chosen `id` can be that of a deleted one which shops sell, and " +
      "`trial_period_days` gives time away",
  ),
  ...freeWith(
    "plans",
    ["update"],
    "active expand metadata nickname",
    "`trial_period_days` gives time away; `product` what is got for the price",
  ),
  ...free("plans", ["del"], "Those who have it keep it; nobody new is billed by it"),

  ...gives(
    "coupons",
    ["create"],
    "`amount_off` × `max_redemptions` with `duration=once`; refused without them, since `percent_off` has no amount. " +
      "Shops give coupons by `id`, which the caller can choose",
  ),
  ...freeWith(
    "coupons",
    ["update"],
    "expand metadata name",
    "`currency_options` change what the coupon takes off",
  ),
  ...free("coupons", ["del"], "Those who have it keep it; nobody new gets it"),
  ...gives(
    "promotionCodes",
    ["create"],
    "the coupon's `amount_off`, looked up, × `max_redemptions`; refused without both, or when the coupon lasts " +
      "longer than `once`: anybody may redeem a code",
  ),
  ...freeWith(
    "promotionCodes",
    ["update"],
    "active expand metadata",
    "To end it; `active=true` brings a code back, and `restrictions` decide who may use it",
  ),

  ...free("shippingRates", ["create"], "Nobody is asked for a new rate"),
  ...freeWith(
    "shippingRates",
    ["update"],
    "active expand metadata",
    "`fixed_amount` and `tax_behavior` change what buyers pay",
  ),

  ...free(
    "taxRates",
    ["create", "update"],
    "A rate's percentage is fixed when it is made, and applied by other calls",
  ),
  ...free("tax.calculations", ["create"], "Nothing is collected"),
  ...free("tax.locations", ["create"], "A place; which taxes are due there does not change"),
  ...free(
    "tax.transactions",
    ["createFromCalculation", "createReversal"],
    "A line of the tax report; nobody pays or is paid by it",
  ),
  ...unpriceable("tax.settings", ["update"], "Changes the tax that every later invoice collects"),
  ...unpriceable("tax.registrations", ["create", "update"], "Starts or ends the collection of a place's tax"),
];
