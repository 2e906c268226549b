/**
 * What the benchmark asks of a proxy's admin API. Plain requests and not core's client: the proxy under test may be of
 * an older checkout.
 */

export interface Admin {
  /** Answers the vault key itself. */
  createVaultKey(input: Readonly<Record<string, unknown>>): Promise<string>;
  createBudget(input: Readonly<Record<string, unknown>>): Promise<void>;
}

export function adminOf(port: number, adminKey: string): Admin {
  const post = async (path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await fetch(`http://127.0.0.1:${port}/admin/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`POST /admin/${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    createVaultKey: async (input) =>
      String((await post("vault-keys", { vendor: "stripe", ...input })).vault_key),
    createBudget: async (input) => void (await post("budgets", input)),
  };
}
