import type { Approval } from "@keybrake/ledger";

/** What of a request a person is shown, sealed at rest: no keys. */
export interface CardContent {
  /** As far as the request itself names one. */
  readonly customer: string | null;
  /** As the agent wrote them. */
  readonly parameters: Readonly<Record<string, string>>;
}

export function readContent({ content }: Pick<Approval, "content">): CardContent {
  return JSON.parse(content) as CardContent;
}
