import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { shownFailure } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

async function doctor(flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin, proxyUrl }) => {
    const [{ checkClock, checkState }, { Group }, { checkReachable }, format, { startProgress }] =
      await Promise.all([
        import("../doctor/ailments.ts"),
        import("../verify/check.ts"),
        import("../verify/proxy-checks.ts"),
        import("../format/verify.ts"),
        import("../progress.ts"),
      ]);
    const progress = startProgress(io);
    await progress.say(`looking at ${proxyUrl}`);
    const proxy = new Group(`proxy ${proxyUrl}`, io.clock);
    const state = new Group("what goes on", io.clock);
    if (await checkReachable({ admin, proxyUrl, fetch: io.fetch }, proxy)) {
      await checkClock({ proxyUrl, fetch: io.fetch }, proxy, io.clock);
      await checkState(admin, state, io.clock());
    } else state.skip("everything", "the admin API did not open");
    await progress.clear();
    const results = [...proxy.results, ...state.results];
    await io.stdout.write(
      flags.json ? format.verifyJson(results) : format.renderChecks(results, io.stdout.style),
    );
    const { failed } = format.countsOf(results);
    if (failed > 0) throw shownFailure("unwell", `${failed} of ${results.length} want somebody to look`);
  });
}

export function addDoctor(program: Command, io: Io): void {
  const command = program
    .command("doctor")
    .description("what wants somebody to look: unsettled money, caps, ends, stops");
  withJson(withProxyOptions(command), "print counts and checks as one JSON object")
    .action((flags: ProxyFlags) => doctor(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "Looks at a running proxy and changes nothing; `keybrake verify` tries it.",
        "Exits 1 when something wants somebody to look.",
        examples("keybrake doctor", "keybrake doctor --json"),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
