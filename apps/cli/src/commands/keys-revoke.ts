import type { AdminClient, VaultKeyInfo } from "@keybrake/core";
import type { Command } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import { usageError } from "../cli-error.ts";
import { printable } from "../format/printable.ts";
import type { Io } from "../io.ts";
import { parseVaultKeyId } from "../parse-options.ts";
import {
  ADMIN_KEY_HELP,
  collectLabel,
  examples,
  type LabelFlags,
  type ProxyFlags,
  recordOf,
  withJson,
  withProxyOptions,
} from "./options.ts";

interface Flags extends ProxyFlags {
  readonly name?: string;
  readonly label?: LabelFlags;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Which keys are meant, when none is named by its id. */
function filterOf({ name, label, all, yes }: Flags): (key: VaultKeyInfo) => boolean {
  if (all === true && yes !== true)
    throw usageError("this cuts every vault key off, for good: say so with --yes");
  const labels = Object.entries(recordOf(label) ?? {});
  return (key) =>
    (name === undefined || key.name === name) && labels.every(([of, value]) => key.labels[of] === value);
}

/** Until a look finds none that may still be used: what was issued meanwhile is cut off, too. */
async function revokeMatching(admin: AdminClient, isMeant: (key: VaultKeyInfo) => boolean) {
  const revoked: VaultKeyInfo[] = [];
  for (;;) {
    const found: VaultKeyInfo[] = [];
    for await (const { data } of pagesOf(admin.vaultKeys.list, 0)) found.push(...data.filter(isMeant));
    const usable = found.filter(({ status }) => status === "active" || status === "paused");
    if (usable.length === 0) return revoked;
    for (const { id } of usable) revoked.push(await admin.vaultKeys.revoke(id));
  }
}

async function revoke(id: string | undefined, flags: Flags, io: Io): Promise<void> {
  const { name, label, all } = flags;
  const ways = [id, name ?? label, all].filter((way) => way !== undefined);
  if (ways.length !== 1) throw usageError("give one key's id, or --name and --label, or --all");
  const isMeant = id === undefined ? filterOf(flags) : null;
  await withAdmin(flags, io, async ({ admin }) => {
    if (isMeant === null) {
      const key = await admin.vaultKeys.revoke(id ?? "");
      return io.stdout.write(flags.json ? `${JSON.stringify(key)}\n` : revokedLine(key));
    }
    const keys = await revokeMatching(admin, isMeant);
    if (flags.json) return io.stdout.write(`${JSON.stringify({ data: keys })}\n`);
    await io.stdout.write(keys.map(revokedLine).join(""));
    if (keys.length === 0) await io.stderr.write("No usable vault key is meant by that.\n");
  });
}

function revokedLine({ id, name }: VaultKeyInfo): string {
  return `Revoked ${id} (${printable(name)}): every call from now on is refused.\n`;
}

export function addKeysRevoke(keys: Command, io: Io): void {
  const command = keys
    .command("revoke")
    .description("cut vault keys off; it cannot be undone, and may be repeated")
    .argument("[id]", "the key's id (key_…)", parseVaultKeyId)
    .option("--name <name>", "all usable keys of this name instead")
    .option("--label <name=value>", "all with this label (repeatable)", collectLabel)
    .option("--all", "all; `keybrake stop` can be undone")
    .option("--yes", "needed with --all");
  withJson(withProxyOptions(command))
    .action((id: string | undefined, flags: Flags) => revoke(id, flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "keybrake keys revoke key_019aa0…",
          "keybrake keys revoke --name june",
          "keybrake keys revoke --label team=payments",
          "keybrake keys revoke --all --yes",
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
