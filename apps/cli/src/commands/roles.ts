import type { Command } from "commander";
import type { Io } from "../io.ts";
import { examples, withJson } from "./options.ts";

async function roles(flags: { readonly json?: boolean }, io: Io): Promise<void> {
  const { describeRoles, renderRoles } = await import("../format/roles.ts");
  const described = describeRoles();
  const text = flags.json
    ? `${JSON.stringify({ data: described })}\n`
    : renderRoles(described, io.stdout.columns, io.stdout.style);
  await io.stdout.write(text);
}

export function addRoles(program: Command, io: Io): void {
  const command = program
    .command("roles")
    .description("tools, operations and Stripe restricted-key permissions of each role");
  withJson(command)
    .action((flags: { readonly json?: boolean }) => roles(flags, io))
    .addHelpText("after", examples("keybrake roles", "keybrake roles --json"));
}
