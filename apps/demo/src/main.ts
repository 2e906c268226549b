import { once } from "node:events";
import { parseArgs, styleText } from "node:util";
import type { AuditRow } from "@keybrake/core";
import { auditTable } from "./audit-table.ts";
import { type Provider, realModel } from "./real-model.ts";
import { reconcile } from "./reconciliation.ts";
import type { Check, Scene } from "./scene.ts";
import { injection, optimizer, revocation, storm } from "./scenes-brake.ts";
import { june, lineItems, lostAnswer, parallel } from "./scenes-once.ts";
import { openStage, type Stage } from "./stage.ts";

const SCENES: readonly Scene[] = [
  lostAnswer,
  parallel,
  lineItems,
  june,
  injection,
  storm,
  revocation,
  optimizer,
];

const HELP = `Usage: npx pnpm@10 demo [options]

Runs AI agents against the Keybrake proxy and checks that the brake holds.
Exits 0 when everything is as stated, 1 otherwise.

  --model openai|anthropic  a real model instead of the scripted one (needs its
                            API key in the environment; costs tokens)
  --json                    the audit log as JSON instead of the table
  --hold                    keep the proxy up until Ctrl-C; with
                            KEYBRAKE_ADMIN_KEY set you can then read its log
                            with: npx pnpm@10 keybrake audit --json

STRIPE_SECRET_KEY=sk_test_… runs against Stripe's test mode instead of the
emulator. Live keys are refused.
`;

const say = (line = "") => process.stdout.write(`${line}\n`);

function sayChecks(checks: readonly Check[]): boolean {
  for (const { says, holds } of checks) {
    say(`   ${holds ? styleText("green", "✓") : styleText("red", "✗")} ${says}`);
  }
  return checks.every(({ holds }) => holds);
}

async function allRows(stage: Stage): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = [];
  for await (const row of stage.admin.audit.iterate()) rows.push(row);
  return rows.reverse();
}

function stripeTestKey(): string | undefined {
  const key = process.env.STRIPE_SECRET_KEY;
  if (key === undefined || key === "") return undefined;
  if (!/^[sr]k_test_/.test(key)) throw new Error("the demo takes only a test key (sk_test_…) of Stripe");
  return key;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      json: { type: "boolean", default: false },
      hold: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.model !== undefined && values.model !== "openai" && values.model !== "anthropic") {
    throw new Error("--model is openai or anthropic");
  }
  const provider = values.model as Provider | undefined;
  const actors = { realModel: provider === undefined ? null : await realModel(provider, process.env) };
  await using stage = await openStage({
    stripeTestKey: stripeTestKey(),
    adminKey: process.env.KEYBRAKE_ADMIN_KEY,
  });

  say(styleText("bold", "Keybrake: AI agents, a money API, and the brake between"));
  say(`Agents: ${provider ?? "scripted model"}.  Stripe: ${stage.stripeName}.`);
  let good = true;
  for (const [index, scene] of SCENES.entries()) {
    say();
    say(styleText("bold", `${index + 1}. ${scene.title}`));
    const { story, checks } = await scene.play(stage, actors);
    for (const line of story) say(`   ${line}`);
    good = sayChecks(checks) && good;
  }
  const rows = await allRows(stage);
  say();
  say(styleText("bold", "The audit log, every call of it"));
  say();
  say(values.json ? JSON.stringify({ data: rows }, null, 2) : auditTable(rows));
  say();
  say(styleText("bold", "The books"));
  good = sayChecks(await reconcile(stage, rows)) && good;
  say();
  say(
    good ? styleText("green", "Everything is as stated.") : styleText("red", "Something is not as stated."),
  );
  if (values.hold) {
    say(`The proxy stays up at ${stage.proxyUrl} until Ctrl-C.`);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  }
  return good ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
