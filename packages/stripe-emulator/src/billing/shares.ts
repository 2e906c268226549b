import type Stripe from "stripe";

/** A percentage with up to four decimals as millionths, so that money is only ever multiplied by integers. */
export function millionths(percent: number): number {
  return Math.round(percent * 10_000);
}

/** `amountMinor × parts ÷ whole`, rounded half up. */
export function shareOf(amountMinor: number, parts: number, whole: number): number {
  if (whole === 0) return 0;
  const doubled = 2n * BigInt(amountMinor) * BigInt(parts);
  const divisor = 2n * BigInt(whole);
  const sum = doubled + BigInt(whole);
  const quotient = sum / divisor;
  // BigInt division rounds towards zero; below zero it must go down.
  return Number(sum < 0n && quotient * divisor !== sum ? quotient - 1n : quotient);
}

/** That many percent of an amount, rounded half up. */
export function percentOf(amountMinor: number, percent: number): number {
  return shareOf(amountMinor, millionths(percent), 1_000_000);
}

/** Splits an amount over parts in proportion to their weights; the last weighted part takes what rounding left. */
export function split(amountMinor: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const last = weights.findLastIndex((weight) => weight !== 0);
  let left = amountMinor;
  return weights.map((weight, index) => {
    const share = index === last ? left : shareOf(amountMinor, weight, whole);
    left -= share;
    return share;
  });
}

/** Stripe's decimal amounts are text on the wire. */
export function wireDecimal(amount: number): Stripe.Decimal {
  return String(amount) as unknown as Stripe.Decimal;
}
