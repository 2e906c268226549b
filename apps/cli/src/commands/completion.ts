import { Argument, type Command } from "commander";
import type { Shell } from "../format/completion.ts";
import type { Io } from "../io.ts";
import { examples } from "./options.ts";

export function addCompletion(program: Command, io: Io): void {
  program
    .command("completion")
    .description("print a script with which a shell completes commands and flags")
    .addArgument(new Argument("[shell]", "the shell").choices(["bash", "zsh", "fish"]).default("bash"))
    .action(async (shell: Shell) => {
      const { completion } = await import("../format/completion.ts");
      await io.stdout.write(completion(program, shell));
    })
    .addHelpText(
      "after",
      examples(
        'eval "$(keybrake completion)"',
        'eval "$(keybrake completion zsh)"',
        "keybrake completion fish > ~/.config/fish/completions/keybrake.fish",
      ),
    );
}
