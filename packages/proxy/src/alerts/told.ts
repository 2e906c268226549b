import { redactSecrets } from "@keybrake/core";
import type { AlertFiring } from "@keybrake/ledger";
import { APPROVAL_LINK, type News, type NewsValue } from "./news.ts";

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

/** The payload as it goes out: a link to a card is made only now, and stands in no store. */
export function withLinks(payload: string, linkOf: (approvalId: string) => string | null): string {
  if (!payload.includes(APPROVAL_LINK)) return payload;
  const told = readTold(payload);
  const links = told.links.flatMap(({ text, url }) => {
    if (!url.startsWith(APPROVAL_LINK)) return [{ text, url }];
    const link = linkOf(url.slice(APPROVAL_LINK.length));
    return link === null ? [] : [{ text, url: link }];
  });
  return JSON.stringify({ ...told, links });
}

export function readTold(payload: string): Told {
  return JSON.parse(payload) as Told;
}
