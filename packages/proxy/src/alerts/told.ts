import { redactSecrets } from "@keybrake/core";
import type { AlertFiring } from "@keybrake/ledger";
import type { News, NewsValue } from "./news.ts";

/** What is kept of an alert, and what a webhook gets word for word. */
export interface Told {
  readonly type: string;
  /** When it happened, or was found, in ISO 8601. */
  readonly timestamp: string;
  readonly summary: string;
  readonly data: Readonly<Record<string, NewsValue>>;
  readonly links: readonly { readonly text: string; readonly url: string }[];
}

/** The news as the alert book keeps it: under one id for every target and try. */
export function firingOf(news: News, id: string, onlyTarget: string | null = null): AlertFiring {
  const { type, at, summary, data, links = [], once, alsoMarks = [] } = news;
  const told: Told = { type, timestamp: new Date(at).toISOString(), summary, data, links };
  // Nothing that tells is given a key; should one get into a name all the same, it is cut out before anybody sees it.
  return { id, type, at, payload: redactSecrets(JSON.stringify(told)), once, alsoMarks, onlyTarget };
}

export function readTold(payload: string): Told {
  return JSON.parse(payload) as Told;
}
