import { type Command, InvalidArgumentError } from "commander";
import { withAdmin } from "../admin/connection.ts";
import type { Io } from "../io.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";

function parseCallId(text: string): string {
  if (/^call_[A-Za-z0-9_-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError("Give the id of a call (call_…), as `keybrake audit --json` shows it.");
}

/** More of one Idempotency-Key's rows than anybody wants to be told of. */
const ROWS_MAX = 1000;

async function receipt(id: string, flags: ProxyFlags, io: Io): Promise<void> {
  await withAdmin(flags, io, async ({ admin }) => {
    const row = await admin.calls.get(id);
    if (flags.json) return io.stdout.write(`${JSON.stringify(row)}\n`);
    const { vault_key_id, idempotency_key, operation } = row;
    const asked =
      idempotency_key === null
        ? [row]
        : (
            await admin.audit.list({
              ...{ vault_key_id, idempotency_key, limit: ROWS_MAX },
              ...(operation === null ? {} : { operation }),
            })
          ).data;
    const times = asked.reduce((sum, each) => sum + each.times, 0);
    const { renderReceipt } = await import("../format/receipt.ts");
    await io.stdout.write(renderReceipt(row, times, io.stdout.columns));
  });
}

export function addReceipt(program: Command, io: Io): void {
  const command = program
    .command("receipt")
    .description("everything about one call: who asked, what became of it, the vendor's object")
    .argument("<id>", "the call's id (call_…)", parseCallId);
  withJson(withProxyOptions(command))
    .action((id: string, flags: ProxyFlags) => receipt(id, flags, io))
    .addHelpText(
      "after",
      [
        "",
        "The id is in each row, in each refusal, and as keybrake_call in the metadata of",
        "what was made at Stripe.",
        examples("keybrake receipt call_019aa0…"),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
