import type { Command } from "commander";
import { shownFailure } from "../cli-error.ts";
import type { Comparison } from "../crash-test/play.ts";
import type { Io } from "../io.ts";
import { examples, withJson } from "./options.ts";

interface Flags {
  readonly json?: boolean;
}

function isRight({ keybrake }: Comparison): boolean {
  return keybrake.asItShould && keybrake.booksAgree === true;
}

async function crashTest(flags: Flags, io: Io): Promise<void> {
  const begunAt = io.clock();
  const [{ DISASTERS }, { play }, { openSides }, format, { startProgress }] = await Promise.all([
    import("../crash-test/disasters.ts"),
    import("../crash-test/play.ts"),
    import("../crash-test/sides.ts"),
    import("../format/crash-test.ts"),
    import("../progress.ts"),
  ]);
  const progress = startProgress(io);
  await progress.say("starting a proxy and two stand-ins for Stripe");
  await using opened = new AsyncDisposableStack();
  const sides = await openSides(opened);
  await progress.clear();
  if (!flags.json) await io.stdout.write(format.renderCrashTitles(io.stdout.style));
  const comparisons: Comparison[] = [];
  for (const [index, disaster] of DISASTERS.entries()) {
    await progress.say(`${index + 1} of ${DISASTERS.length}: ${disaster.title}`);
    const comparison = await play(sides, disaster);
    comparisons.push(comparison);
    await progress.clear();
    if (!flags.json) await io.stdout.write(format.renderCrashLine(index + 1, comparison, io.stdout.style));
  }
  const seconds = (io.clock() - begunAt) / 1000;
  await io.stdout.write(
    flags.json
      ? format.crashTestJson(comparisons, seconds)
      : format.renderCrashTotals(comparisons, seconds, io.stdout.style),
  );
  const wrong = comparisons.filter((comparison) => !isRight(comparison));
  if (wrong.length === 0) return;
  const names = wrong.map(({ disaster }) => disaster.name).join(", ");
  throw shownFailure(
    "crash_test_failed",
    `Keybrake did not do what it should: ${names}. This is a bug; please report it.`,
  );
}

export function addCrashTest(program: Command, io: Io): void {
  const command = program
    .command("crash-test")
    .description("ten disasters side by side: stripe-node alone, and through Keybrake");
  withJson(command)
    .action((flags: Flags) => crashTest(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "Everything is on this machine: a proxy, and a stand-in for Stripe for each side.",
        "Exits 0 when Keybrake did in each what it should.",
        examples("keybrake crash-test", "keybrake crash-test --json"),
      ].join("\n"),
    );
}
