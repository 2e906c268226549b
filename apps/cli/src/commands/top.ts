import { type Command, InvalidArgumentError, Option } from "commander";
import { type AdminConnection, withAdmin } from "../admin/connection.ts";
import type { Io } from "../io.ts";
import { parseDuration } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

interface Flags extends ProxyFlags {
  readonly every: number;
  readonly once?: boolean;
}

const EVERY_SECONDS = 2;

function parseEvery(text: string): number {
  const seconds = parseDuration(text);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("Give 1s to 1h.");
}

/** The other screen, so that what stood on this one comes back; the cursor is not seen. */
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** Each line over the one that stood there, so that nothing flickers. */
function redrawn(text: string): string {
  return `${HOME}${text.replaceAll("\n", `${CLEAR_LINE}\n`)}${CLEAR_LINE}${CLEAR_BELOW}`;
}

async function show(
  { admin, proxyUrl }: AdminConnection,
  flags: Flags,
  io: Io,
  isLive: boolean,
): Promise<void> {
  const [{ look }, { renderTop }] = await Promise.all([import("../top/look.ts"), import("../format/top.ts")]);
  const seen = await look(admin, io.clock());
  if (flags.json)
    return io.stdout.write(`${JSON.stringify({ ...seen, at: new Date(seen.at).toISOString() })}\n`);
  const { columns, rows, style } = io.stdout;
  const text = renderTop(seen, proxyUrl, { width: columns, height: isLive ? rows : undefined, style });
  await io.stdout.write(isLive ? redrawn(text) : `${text}\n`);
}

async function top(flags: Flags, io: Io): Promise<void> {
  const isLive = !flags.once && !flags.json && io.stdout.columns !== undefined;
  const goesOn = !flags.once && (isLive || flags.json === true);
  await withAdmin(flags, io, async (connection) => {
    // Whatever is wrong with address or key is told before the screen changes.
    if (!goesOn) return show(connection, flags, io, false);
    const stop = io.stopSignal();
    if (isLive) await io.stdout.write(ENTER);
    try {
      while (!stop.aborted) {
        await show(connection, flags, io, isLive);
        await io.sleep(flags.every * 1000, stop);
      }
    } finally {
      if (isLive) await io.stdout.write(LEAVE);
    }
  });
}

export function addTop(program: Command, io: Io): void {
  const command = program
    .command("top")
    .description("what goes on now: keys and budgets with what is used of them, calls, refusals")
    .addOption(
      new Option("--every <duration>", "how often it looks")
        .argParser(parseEvery)
        .default(EVERY_SECONDS, "2s"),
    )
    .option("--once", "look once and end; so it does without a terminal");
  withJson(withProxyOptions(command), "print each look as one line of JSON")
    .action((flags: Flags) => top(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "One screen that redraws until Ctrl-C; the busiest keys first. Rates are of the",
        "last ten seconds.",
        examples("keybrake top", "keybrake top --once", "keybrake top --json --every 10s"),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
