import type { Command } from "commander";
import type { Io } from "../io.ts";
import { untilStopped } from "../server/until-stopped.ts";
import { readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { examples, withJson } from "./options.ts";

interface Flags {
  readonly port?: string;
  readonly host?: string;
  readonly json?: boolean;
}

/** Not the proxy's variables: the emulator runs beside it. */
const PORT = { ...SETTINGS.port, variable: "KEYBRAKE_EMULATOR_PORT", fallback: "12111" };
const HOST = { ...SETTINGS.host, variable: "KEYBRAKE_EMULATOR_HOST" };

async function emulator(flags: Flags, io: Io): Promise<void> {
  const port = readSetting(PORT, flags.port, io.env) ?? 0;
  const host = readSetting(HOST, flags.host, io.env) ?? HOST.fallback;
  const stop = io.stopSignal();
  const { startEmulator } = await import("@keybrake/stripe-emulator");
  const running = await startEmulator({ port, host });
  const { url } = running;
  const ready = flags.json
    ? JSON.stringify({ url, port: running.port })
    : `keybrake emulator listening on ${url}`;
  await io.stdout.write(`${ready}\n`);
  await untilStopped(stop);
  await running.close();
}

export function addEmulator(program: Command, io: Io): void {
  const command = program
    .command("emulator")
    .description("run a stateful Stripe stand-in until a signal; nothing is ever charged")
    .option("--port <number>", `port; 0 takes a free one (${PORT.variable}, default ${PORT.fallback})`)
    .option("--host <address>", `address (${HOST.variable}, default ${HOST.fallback})`);
  withJson(command, "print the ready line as JSON: url and port")
    .action((flags: Flags) => emulator(flags, io))
    .addHelpText(
      "after",
      examples(
        "keybrake emulator --port 12111",
        "curl http://127.0.0.1:12111/v1/charges -u sk_test_any: \\",
        "  -d amount=1200 -d currency=usd -d source=tok_visa",
        "keybrake serve --stripe-url http://127.0.0.1:12111",
      ),
    );
}
