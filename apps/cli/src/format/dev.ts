/** What `keybrake dev` started. The keys are throw-away: they work on this emulator until it ends. */
export interface DevEnvironment {
  readonly proxyUrl: string;
  readonly emulatorUrl: string;
  readonly adminKey: string;
  readonly vaultKeys: { readonly billing: string; readonly refund: string; readonly audit: string };
}

function variables({ proxyUrl, adminKey, vaultKeys }: DevEnvironment): Record<string, string> {
  return {
    KEYBRAKE_PROXY_URL: proxyUrl,
    KEYBRAKE_BILLING_VAULT_KEY: vaultKeys.billing,
    KEYBRAKE_REFUND_VAULT_KEY: vaultKeys.refund,
    KEYBRAKE_AUDIT_VAULT_KEY: vaultKeys.audit,
    KEYBRAKE_ADMIN_KEY: adminKey,
  };
}

/** Lines for a shell: everything that is not a command is a comment, so that all of it can be pasted. */
export function renderDev(environment: DevEnvironment): string {
  const exports = Object.entries(variables(environment)).map(([name, value]) => `export ${name}=${value}`);
  return `# keybrake listening on ${environment.proxyUrl}
# Upstream: a Stripe emulator on ${environment.emulatorUrl}. No money moves.
# Throw-away keys, gone when this ends (Ctrl-C). The caps are $100 a day.

${exports.join("\n")}

# A charge, as any Stripe client makes it:
curl "$KEYBRAKE_PROXY_URL/stripe/v1/charges" -u "$KEYBRAKE_BILLING_VAULT_KEY:" \\
  -H "Idempotency-Key: first-charge" \\
  -d amount=1200 -d currency=usd -d source=tok_visa

# What happened (in a clone, with npx pnpm@10 before it): keybrake audit
`;
}

/** The same as one JSON object on one line: `url`, `emulator_url`, and `env` with the variables. */
export function devJson(environment: DevEnvironment): string {
  const { proxyUrl: url, emulatorUrl: emulator_url } = environment;
  return `${JSON.stringify({ url, emulator_url, env: variables(environment) })}\n`;
}
