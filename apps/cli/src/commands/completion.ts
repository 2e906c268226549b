import type { Command } from "commander";
import type { Io } from "../io.ts";
import { examples } from "./options.ts";

export function addCompletion(program: Command, io: Io): void {
  program
    .command("completion")
    .description("print a script with which bash completes commands and flags")
    .action(async () => {
      const { bashCompletion } = await import("../format/completion.ts");
      await io.stdout.write(bashCompletion(program));
    })
    .addHelpText("after", examples('eval "$(keybrake completion)"', "keybrake completion >> ~/.bashrc"));
}
