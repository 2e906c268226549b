import type { CreateVaultKeyInput } from "@keybrake/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { withAdmin } from "../admin/connection.ts";
import { usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { parseCount, parseDuration, parseUsd } from "../parse-options.ts";
import {
  ADMIN_KEY_HELP,
  type AssumptionFlags,
  collect,
  collectAssumption,
  collectLabel,
  examples,
  type LabelFlags,
  type ProxyFlags,
  recordOf,
  withJson,
  withProxyOptions,
} from "./options.ts";

interface Flags extends ProxyFlags {
  readonly name: string;
  readonly role?: string;
  readonly dailyUsdCap?: number;
  readonly expiresIn?: number;
  readonly allow?: readonly string[];
  readonly maxUsdPerCall?: number;
  readonly currency?: readonly string[];
  readonly customer?: readonly string[];
  readonly account?: readonly string[];
  readonly maxCalls?: number;
  readonly ratePerMinute?: number;
  readonly budget?: readonly string[];
  readonly simulate?: boolean;
  readonly unpaidIntents?: "window" | "hold";
  readonly assumeUsd?: AssumptionFlags;
  readonly allowRawCards?: boolean;
  readonly dedupe?: "auto" | "act" | "key";
  readonly actWindow?: string;
  readonly actIncludes?: readonly string[];
  readonly enforcement?: "enforce" | "observe";
  readonly capStatus?: "429" | "402";
  readonly approveAboveUsd?: number;
  readonly askAt?: number;
  readonly approveOperation?: readonly string[];
  readonly approvalExpiresIn?: string;
  readonly bindRun?: string;
  readonly bindConversation?: string;
  readonly mayDelegate?: number;
  readonly delegateDepth?: number;
  readonly label?: LabelFlags;
}

function bindOf({ bindRun, bindConversation }: Flags): CreateVaultKeyInput["bind"] {
  if (bindRun === undefined && bindConversation === undefined) return undefined;
  return { run_id: bindRun, conversation_id: bindConversation };
}

function parseName(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Give a name.");
}

/** `budget` is short for `budgets`; of vendors and their accounts the command's proxy has one. */
type WithoutFlag = "budget" | "vendor" | "account";

/** All fields of the admin API's request: the type checker fails when one has no flag. */
type Request = {
  readonly [F in Exclude<keyof Required<CreateVaultKeyInput>, WithoutFlag>]: CreateVaultKeyInput[F];
};

/** What is not given is left out: the proxy has the defaults. */
function requestOf(flags: Flags, role: CreateVaultKeyInput["role"]): Request {
  return {
    name: flags.name,
    role,
    daily_usd_cap: flags.dailyUsdCap,
    expires_in_seconds: flags.expiresIn,
    allowed_operations: flags.allow,
    max_usd_per_call: flags.maxUsdPerCall,
    currencies: flags.currency,
    customers: flags.customer,
    stripe_accounts: flags.account,
    max_calls: flags.maxCalls,
    rate_per_minute: flags.ratePerMinute,
    budgets: flags.budget,
    simulate: flags.simulate,
    unpaid_intents: flags.unpaidIntents,
    assume_usd: recordOf(flags.assumeUsd),
    allow_raw_cards: flags.allowRawCards,
    dedupe: flags.dedupe,
    act_window: flags.actWindow,
    act_includes: flags.actIncludes,
    enforcement: flags.enforcement,
    cap_status: flags.capStatus === undefined ? undefined : flags.capStatus === "402" ? 402 : 429,
    approval: approvalOf(flags),
    bind: bindOf(flags),
    may_delegate:
      flags.mayDelegate === undefined ? undefined : { keys: flags.mayDelegate, depth: flags.delegateDepth },
    labels: recordOf(flags.label),
  };
}

/** The proxy says what is missing of it. */
function approvalOf(flags: Flags): CreateVaultKeyInput["approval"] {
  const { approveAboveUsd: above_usd, askAt: ask_at, approveOperation: operations } = flags;
  const asked = { above_usd, ask_at, operations, expires_in: flags.approvalExpiresIn };
  return Object.values(asked).every((value) => value === undefined) ? undefined : asked;
}

async function create(flags: Flags, io: Io): Promise<void> {
  const { ROLE_NAMES } = await import("@keybrake/core");
  const role = ROLE_NAMES.find((name) => name === flags.role);
  if (flags.role !== undefined && role === undefined) {
    throw usageError(`--role: "${flags.role}" is not one of ${ROLE_NAMES.join(", ")}`);
  }
  if (role === undefined && flags.allow === undefined) {
    throw usageError("give --role or --allow: there is no key that may do everything");
  }
  await withAdmin(flags, io, async ({ admin }) => {
    const issued = await admin.vaultKeys.create(requestOf(flags, role));
    if (flags.json) return io.stdout.write(`${JSON.stringify(issued)}\n`);
    const { renderIssued } = await import("../format/vault-keys.ts");
    // The key alone on stdout: KEY=$(keybrake keys create …) works.
    await io.stdout.write(`${issued.vault_key}\n`);
    await io.stderr.write(`\nThis is the only time that the key is shown. It is not stored.\n\n`);
    await io.stderr.write(renderIssued(issued, io.stderr.columns));
  });
}

function withBinding(command: Command): Command {
  return command
    .option("--bind-run <id>", "only calls of this run (X-Agent-Run-Id)")
    .option("--bind-conversation <id>", "only calls of this conversation")
    .option("--may-delegate <number>", "it may make so many keys, which can do no more", parseCount)
    .option("--delegate-depth <number>", "how far below it keys may be, 1 to 3", parseCount);
}

/** What makes two calls the same. */
function withActs(command: Command): Command {
  return command
    .addOption(
      new Option("--dedupe <by>", "what makes two calls the same (default auto)").choices([
        "auto",
        "act",
        "key",
      ]),
    )
    .option("--act-window <duration>", "how long the same act is the same one (default 24h)")
    .option(
      "--act-includes <parameter>",
      "a parameter that tells two acts apart as well (repeatable)",
      collect,
    );
}

export function addKeysCreate(keys: Command, io: Io): void {
  const command = keys
    .command("create")
    .description("issue a vault key; it is shown this once, alone on stdout")
    .requiredOption("--name <name>", "what the key is for", parseName)
    .option("--role <role>", "billing, refund or audit: what the key may call (see `keybrake roles`)")
    .option(
      "--allow <operation>",
      "an operation instead, such as charges.create or customers.* (repeatable)",
      collect,
    )
    .option("--daily-usd-cap <usd>", "most US dollars in any 24 h; 0 = read-only", parseUsd)
    .option("--budget <name>", "a shared budget that is charged as well (repeatable)", collect)
    .option("--expires-in <duration>", "seconds, or such as 30m, 24h, 7d (default 24h)", parseDuration)
    .option("--max-usd-per-call <usd>", "most US dollars of one call", parseUsd)
    .option("--currency <code>", "only this currency (repeatable)", collect)
    .option("--customer <id>", "only this customer (repeatable)", collect)
    .option("--account <id>", "connected account that calls may act for or pay (repeatable)", collect)
    .option("--max-calls <number>", "most calls in the key's life", parseCount)
    .option("--rate-per-minute <number>", "most calls in any minute", parseCount)
    .option(
      "--assume-usd <operation=usd>",
      "what an operation counts of which no figure tells the cost (repeatable)",
      collectAssumption,
    )
    .option("--allow-raw-cards", "calls may hold numbers and codes of cards; better send tokens")
    .option("--simulate", "policy and cap as usual, but Stripe is never called")
    .addOption(
      new Option("--unpaid-intents <how>", "count for a window, or until paid or cancelled").choices([
        "window",
        "hold",
      ]),
    )
    .option("--approve-above-usd <usd>", "a person must agree to calls that move more", parseUsd)
    .option("--ask-at <percent>", "and to those that use more of a budget than this", parseCount)
    .option("--approve-operation <operation>", "only to these operations (repeatable)", collect)
    .option("--approval-expires-in <duration>", "how long what is asked stands (default 24h)")
    .addOption(
      new Option("--enforcement <how>", "observe: note what would be refused, and let it pass").choices([
        "enforce",
        "observe",
      ]),
    )
    .addOption(new Option("--cap-status <status>", "HTTP status over the cap").choices(["429", "402"]))
    .option("--label <name=value>", "a label of your own (repeatable)", collectLabel);
  withJson(withProxyOptions(withBinding(withActs(command))))
    .action((flags: Flags) => create(flags, io))
    .addHelpText(
      "after",
      [
        examples(
          "keybrake keys create --name june --role billing --daily-usd-cap 500",
          "keybrake keys create --name reader --role audit --expires-in 1h",
          "keybrake keys create --name eu --allow charges.create --currency eur \\",
          "  --daily-usd-cap 200 --max-usd-per-call 50 --label team=payments",
          'export KEYBRAKE_REFUND_VAULT_KEY="$(keybrake keys create --name r1 \\',
          '  --role refund --budget support)"',
        ),
        "",
        ADMIN_KEY_HELP,
      ].join("\n"),
    );
}
