import type { ApprovalFilter, ApprovalInfo } from "@keybrake/core";
import { type Command, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { pagesOf } from "../admin/pages.ts";
import type { Io } from "../io.ts";
import { LIST_LIMIT, parseCount } from "../parse-options.ts";
import { ADMIN_KEY_HELP, examples, type ProxyFlags, withJson, withProxyOptions } from "./options.ts";
import { writeList } from "./write-list.ts";

interface ListFlags extends ProxyFlags {
  readonly limit: number;
  readonly status?: NonNullable<ApprovalFilter["status"]> | "all";
}

interface AnswerFlags extends ProxyFlags {
  readonly by?: string;
  readonly reason?: string;
}

const STATUSES = ["pending", "approved", "denied", "used", "expired", "all"] as const;

async function list(flags: ListFlags, io: Io): Promise<void> {
  const { status: asked = "pending" } = flags;
  const status = asked === "all" ? undefined : asked;
  await withAdmin(flags, io, async ({ admin }) => {
    const { renderApprovals } = await import("../format/approvals.ts");
    await writeList(io, {
      pages: pagesOf((page) => admin.approvals.list({ ...page, status }), flags.limit),
      json: flags.json === true,
      render: (approvals) => renderApprovals(approvals, io.stdout.columns, io.stdout.style),
      empty: asked === "pending" ? "Nothing waits for a person." : "No approvals.",
    });
  });
}

async function write(approval: ApprovalInfo, flags: ProxyFlags, io: Io): Promise<void> {
  if (flags.json) return io.stdout.write(`${JSON.stringify(approval)}\n`);
  const { renderApproval } = await import("../format/approvals.ts");
  await io.stdout.write(renderApproval(approval, io.stdout.columns, io.stdout.style));
}

const ID = "the approval's id (apr_…), as the refused call and `keybrake approvals` show it";

function addAnswer(approvals: Command, io: Io, said: "approve" | "deny", description: string): void {
  const command = approvals
    .command(said)
    .description(description)
    .argument("<id>", ID)
    .option("--by <name>", "who you are, for the record (default: the USER of this shell)")
    .option("--reason <text>", said === "deny" ? "why; the agent is told" : "why, for the record");
  withJson(withProxyOptions(command))
    .action((id: string, flags: AnswerFlags) =>
      withAdmin(flags, io, async ({ admin }) => {
        const { by = io.env.USER || undefined, reason } = flags;
        await write(await admin.approvals[said](id, { by, reason }), flags, io);
      }),
    )
    .addHelpText(
      "after",
      [
        examples(`keybrake approvals ${said} apr_019aa0… --reason "asked the customer"`),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}

export function addApprovals(program: Command, io: Io): void {
  const approvals = program.command("approvals").description("say yes or no to what agents ask a person");
  const listing = approvals
    .command("list", { isDefault: true })
    .description("what waits for a person, newest first")
    .addOption(new Option("--status <status>", "which (default pending)").choices(STATUSES))
    .option("--limit <number>", "most rows; 0 = all", parseCount, LIST_LIMIT);
  withJson(withProxyOptions(listing))
    .action((flags: ListFlags) => list(flags, io))
    .addHelpText(
      "after",
      [examples("keybrake approvals", "keybrake approvals list --status all"), "", ADMIN_KEY_HELP].join("\n"),
    );
  const showing = approvals
    .command("show")
    .description("one card, with what the agent says")
    .argument("<id>", ID);
  withJson(withProxyOptions(showing))
    .action((id: string, flags: ProxyFlags) =>
      withAdmin(flags, io, async ({ admin }) => write(await admin.approvals.get(id), flags, io)),
    )
    .addHelpText("after", [examples("keybrake approvals show apr_019aa0…"), "", ADMIN_KEY_HELP].join("\n"));
  addAnswer(approvals, io, "approve", "the very same call goes through from now on, once");
  addAnswer(approvals, io, "deny", "the act is refused from now on, in whatever words");
}
