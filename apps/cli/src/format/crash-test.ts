import type { Comparison, Damage } from "../crash-test/play.ts";
import { CAP_USD } from "../crash-test/sides.ts";
import { totalsOf } from "../crash-test/totals.ts";
import type { Output } from "../io.ts";
import { formatMicros, formatUsd } from "./money.ts";
import { type Column, renderRows, renderTitles } from "./table.ts";

type Style = Output["style"];

/** 80 columns, gaps included. Lines come one by one, so that the widths cannot follow what is in them. */
const COLUMNS: readonly Column[] = [
  { title: "", width: 2, align: "right" },
  { title: "disaster", width: 40 },
  { title: "should", width: 7, align: "right" },
  { title: "", width: 2, align: "right" },
  { title: "plain", width: 8, align: "right" },
  { title: "", width: 1 },
  { title: "", width: 2, align: "right" },
  { title: "Keybrake", width: 8, align: "right" },
  { title: "", width: 1 },
];

function cellsOf(damage: Damage, style: Style): string[] {
  const mark = damage.asItShould ? style("green", "✓") : style("red", "✗");
  return [String(damage.made), formatMicros(damage.movedMicros), mark];
}

/** What stands above the lines. */
export function renderCrashTitles(style: Style): string {
  return `${style("bold", "Ten disasters, the same code twice: stripe-node alone, and through Keybrake")}
Charges and refunds that Stripe made, and the dollars that they moved.
The agent may spend ${formatUsd(CAP_USD)}.

${style("bold", renderTitles(COLUMNS).trimEnd())}
`;
}

/** One line: `number` counts from 1. */
export function renderCrashLine(number: number, comparison: Comparison, style: Style): string {
  const { disaster, plain, keybrake } = comparison;
  const cells = [String(number), disaster.title, formatUsd(disaster.should.usd)];
  return renderRows(COLUMNS, [[...cells, ...cellsOf(plain, style), ...cellsOf(keybrake, style)]]);
}

/** What stands below the lines. */
export function renderCrashTotals(comparisons: readonly Comparison[], seconds: number, style: Style): string {
  const line = (name: string, side: "plain" | "keybrake") => {
    const { as_it_should, caps_passed, usd_too_much } = totalsOf(comparisons, side);
    const of = `${as_it_should} of ${comparisons.length} as it should be`;
    return `${style("bold", name.padEnd(12))} ${of}; ${formatUsd(usd_too_much)} too much; the cap passed ${caps_passed} times\n`;
  };
  const agree = comparisons.every(({ keybrake }) => keybrake.booksAgree === true);
  const books = agree
    ? "Keybrake's books and Stripe's agree to the cent, and nothing is left open."
    : "Keybrake's books and Stripe's do NOT agree.";
  return `\n${line("stripe-node", "plain")}${line("Keybrake", "keybrake")}
${books}
No money moved: both used a stand-in for Stripe on this machine. ${seconds.toFixed(1)} s.
`;
}

function damageJson({ made, movedMicros, capPassed, asItShould, codes }: Damage) {
  return {
    made,
    moved_usd: movedMicros / 1_000_000,
    cap_passed: capPassed,
    as_it_should: asItShould,
    codes,
  };
}

/** The same as one JSON object. */
export function crashTestJson(comparisons: readonly Comparison[], seconds: number): string {
  const data = comparisons.map(({ disaster, plain, keybrake }) => ({
    disaster: disaster.name,
    title: disaster.title,
    should: disaster.should,
    plain: damageJson(plain),
    keybrake: { ...damageJson(keybrake), books_agree: keybrake.booksAgree },
  }));
  const totals = { plain: totalsOf(comparisons, "plain"), keybrake: totalsOf(comparisons, "keybrake") };
  return `${JSON.stringify({ cap_usd: CAP_USD, data, totals, seconds })}\n`;
}
