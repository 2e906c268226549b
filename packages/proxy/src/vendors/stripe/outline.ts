import type { StoredAnswer } from "@keybrake/ledger";

/** What names an object and says how it stood: no client_secret, nothing of its payer. */
const FIELDS = ["id", "object", "status", "amount", "currency"] as const;

/** What a kept success made, for whoever asked for the same by another operation; null when it does not say. */
export function outline({ status, body }: StoredAnswer): Readonly<Record<string, unknown>> | null {
  if (status !== 200) return null;
  const object = JSON.parse(body) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(FIELDS.flatMap((name) => (name in object ? [[name, object[name]]] : [])));
}
