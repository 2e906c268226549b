import type { Role } from "@keybrake/core";
import type { Answers } from "./answers.ts";

/** The name that a role has in the file: its keys are made with it. */
export const roleNameOf = (role: Role): string => `${role}-agent`;

const SHARED = "all-agents";

const WORDS: Readonly<Record<Role, string>> = {
  billing: "charges customers and reads what they are charged for",
  refund: "gives back what was charged",
  audit: "reads, and moves nothing",
};

function roleLines(role: Role, { keyUsdCap, approveAboveUsd }: Answers): readonly string[] {
  const head = [`  # An agent that ${WORDS[role]}.`, `  ${roleNameOf(role)}:`, `    role: ${role}`];
  if (role === "audit") return [...head, "    daily_usd_cap: 0", "    expires_in_seconds: 86400"];
  return [
    ...head,
    `    daily_usd_cap: ${keyUsdCap} # of each key, in any 24 h`,
    `    budgets: [${SHARED}]`,
    ...(approveAboveUsd === null
      ? ["    # approval: { above_usd: 50 } # a person must agree to more than this"]
      : [`    approval: { above_usd: ${approveAboveUsd} } # a person must agree to more than this`]),
    "    expires_in_seconds: 86400",
  ];
}

function alertLines({ alerts }: Answers): readonly string[] {
  if (alerts === "none")
    return ["# alerts:", "#   targets:", "#     on-call: { kind: slack, url: { env: KEYBRAKE_SLACK_URL } }"];
  const signed = alerts === "webhook" ? ["      signing_secret: { env: KEYBRAKE_ALERT_SECRET }"] : [];
  const url = alerts === "webhook" ? "KEYBRAKE_ALERT_URL" : "KEYBRAKE_SLACK_URL";
  return [
    "alerts:",
    "  targets:",
    "    on-call:",
    `      kind: ${alerts}`,
    `      url: { env: ${url} }`,
    ...signed,
  ];
}

/** A `keybrake.yaml` with comments. A text that somebody gave stands in it as JSON, which is YAML. */
export function configText(answers: Answers): string {
  const { roles, allUsdCap, store, port } = answers;
  return `${[
    "# yaml-language-server: $schema=./node_modules/keybrake/keybrake.schema.json",
    "# Read by `keybrake serve` when it starts; restart it after a change, and",
    "# What is wrong in it, a start says with its line, and changes nothing.",
    "# No secret stands here: only where one is.",
    "",
    "serve:",
    `  port: ${port}`,
    `  store: ${JSON.stringify(store)}`,
    "",
    "accounts:",
    "  default:",
    "    vendor: stripe",
    "    credential: { env: STRIPE_SECRET_KEY } # needed at the first start only",
    "",
    "# What all agents may spend together. A cap that changes here changes at the next",
    "# start; one that an admin changes meanwhile stays until it changes here.",
    "budgets:",
    `  ${SHARED}: { daily_usd_cap: ${allUsdCap} }`,
    "",
    "# US dollars for one unit: calls in currencies that stand nowhere here are refused.",
    "# rates:",
    '#   eur: "1.0850"',
    "",
    "# keybrake keys create --name <name> --role <one of these>",
    "roles:",
    ...roles.flatMap((role) => roleLines(role, answers)),
    "",
    ...alertLines(answers),
  ].join("\n")}\n`;
}
