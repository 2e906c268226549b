import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { PLANS, SECTIONS, type Section } from "./plans.ts";
import { errorsOf } from "./report/figures.ts";
import { publish } from "./report/publish.ts";
import { reportText } from "./report/tables.ts";
import { runBenchmark } from "./run-benchmark.ts";
import { OWN_CHECKOUT } from "./targets/keybrake.ts";
import { installPeers, NO_PEERS } from "./targets/peers.ts";

function parseSections(text: string): readonly Section[] {
  return text.split(",").map((name) => {
    const section = SECTIONS.find((known) => known === name);
    if (section === undefined) throw new InvalidArgumentError(`Give some of ${SECTIONS.join(",")}.`);
    return section;
  });
}

function parseCheckout(text: string): string {
  const folder = resolve(text);
  if (existsSync(join(folder, "apps/cli/src/main.ts")) && existsSync(join(folder, "node_modules")))
    return folder;
  throw new InvalidArgumentError("Give the root of another checkout in which `pnpm install` was run.");
}

interface Flags {
  readonly quick?: boolean;
  readonly long?: boolean;
  readonly sections: readonly Section[];
  readonly against?: string;
  readonly peers?: boolean;
  readonly json?: boolean;
  readonly publish?: boolean;
}

/** On a terminal one line that is written over, elsewhere nothing. */
function say(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
}

async function bench(flags: Flags): Promise<void> {
  const size = flags.quick ? "quick" : flags.long ? "long" : "normal";
  const report = await runBenchmark({
    plan: PLANS[size],
    sections: flags.sections,
    against: flags.against ?? null,
    peers: flags.peers ? installPeers(say) : NO_PEERS,
    say,
  });
  say("");
  process.stdout.write(`${flags.json ? JSON.stringify(report) : reportText(report)}\n`);
  if (flags.publish) publish(report, join(OWN_CHECKOUT, "docs"));
  const errors = errorsOf([...report.speed, ...(report.growth?.series ?? [])]);
  for (const error of errors) process.stderr.write(`bench: ${error}\n`);
  process.exitCode = errors.length > 0 ? 1 : 0;
}

await new Command("bench")
  .description("Measures Keybrake beside plain passthroughs, in one run. docs/performance.md says how.")
  .addOption(new Option("--quick", "under two minutes").conflicts("long"))
  .option("--long", "hours: ten million rows, long rounds")
  .option("--sections <names>", SECTIONS.join(","), parseSections, SECTIONS)
  .option(
    "--against <checkout>",
    "run the proxy of another installed checkout beside this one",
    parseCheckout,
  )
  .option("--peers", "also Portkey's gateway and LiteLLM's pass-through; installs them from npm and PyPI")
  .option("--json", "print the report as JSON")
  .option("--publish", "write tables, chart and JSON into docs")
  .action(bench)
  .parseAsync();
