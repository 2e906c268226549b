import { DEV_VARIABLES } from "../server/dev-keys.ts";

/** What `keybrake dev` started. The keys work on this emulator alone, which moves no money. */
export interface DevEnvironment {
  readonly proxyUrl: string;
  readonly emulatorUrl: string;
  readonly adminKey: string;
  readonly vaultKeys: { readonly billing: string; readonly refund: string; readonly audit: string };
}

/** As programs and the other commands read them. */
export function variablesOf({ proxyUrl, adminKey, vaultKeys }: DevEnvironment): Record<string, string> {
  return {
    KEYBRAKE_PROXY_URL: proxyUrl,
    [DEV_VARIABLES.billing]: vaultKeys.billing,
    [DEV_VARIABLES.refund]: vaultKeys.refund,
    [DEV_VARIABLES.audit]: vaultKeys.audit,
    KEYBRAKE_ADMIN_KEY: adminKey,
  };
}

/** A file's name as a shell takes it. */
function quoted(name: string): string {
  const path = name.includes("/") ? name : `./${name}`;
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function keysOf(environment: DevEnvironment, envFile: string | null): string {
  if (envFile === null) {
    const exports = Object.entries(variablesOf(environment)).map(
      ([name, value]) => `export ${name}=${value}`,
    );
    return `# Throw-away keys, gone when this ends (Ctrl-C). The caps are $100 a day.

${exports.join("\n")}`;
  }
  return `# The keys are in the file, and the same at every start. The caps are $100 a day.

set -a; . ${quoted(envFile)}; set +a`;
}

/**
 * Lines for a shell: everything that is not a command is a comment, so that all of it can be pasted. `envFile`: where
 * the keys are; null: they are printed.
 */
export function renderDev(environment: DevEnvironment, envFile: string | null): string {
  return `# keybrake listening on ${environment.proxyUrl}
# Upstream: a Stripe emulator on ${environment.emulatorUrl}. No money moves.
${keysOf(environment, envFile)}

# A charge, as any Stripe client makes it:
curl "$KEYBRAKE_PROXY_URL/stripe/v1/charges" -u "$KEYBRAKE_BILLING_VAULT_KEY:" \\
  -H "Idempotency-Key: first-charge" \\
  -d amount=1200 -d currency=usd -d source=tok_visa

# Above $50 a person must agree: send amount=6000 with another Idempotency-Key, then
#   keybrake approvals
#   keybrake approvals approve apr_…      and send the very same again

# Each call has its line here; the whole log (in a clone, with npx pnpm@10 before it): keybrake audit
`;
}

/** The same as one JSON object on one line: `url`, `emulator_url`, and `env` with the variables. */
export function devJson(environment: DevEnvironment): string {
  const { proxyUrl: url, emulatorUrl: emulator_url } = environment;
  return `${JSON.stringify({ url, emulator_url, env: variablesOf(environment) })}\n`;
}
