import type { Approval } from "@keybrake/ledger";

/** What of a request a person is shown, sealed at rest: no keys. */
export interface CardContent {
  /** As far as the request itself names one. */
  readonly customer: string | null;
  /** As the agent wrote them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What was sealed with another master key is not shown, and says so. */
const UNREADABLE: CardContent = {
  customer: null,
  parameters: { "not readable": "sealed with another master key; deny it, and let the agent ask again" },
};

export function readContent({ content }: Pick<Approval, "content">): CardContent {
  if (content === "") return UNREADABLE;
  return JSON.parse(content) as CardContent;
}
