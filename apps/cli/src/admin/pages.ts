import type { Page, PageQuery } from "@keybrake/core";

/** The admin API's largest page. */
export const PAGE_MAX = 1000;

/**
 * Those rows of `pages` that `keep` keeps, until `limit` of them came (0 = all): for what the admin API does not filter
 * by. `more` tells after the last page whether there may be others.
 */
export async function* keptOf<T>(
  pages: AsyncIterable<{ readonly data: readonly T[]; readonly more: boolean }>,
  keep: (row: T) => boolean,
  limit: number,
): AsyncGenerator<{ readonly data: readonly T[]; readonly more: boolean }, void, void> {
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  for await (const { data } of pages) {
    const kept = data.filter(keep);
    const shown = kept.slice(0, left);
    left -= shown.length;
    const more = left <= 0;
    yield { data: shown, more };
    if (more) return;
  }
}

/**
 * The rows of a list, page by page, until `limit` rows came (0 = all). `more` tells after the last page
 * whether rows were left out. At least one page comes, which may be empty.
 */
export async function* pagesOf<T>(
  list: (page: PageQuery) => Promise<Page<T>>,
  limit: number,
): AsyncGenerator<{ readonly data: readonly T[]; readonly more: boolean }, void, void> {
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  let cursor: string | undefined;
  do {
    const page: Page<T> = await list({ limit: Math.min(left, PAGE_MAX), cursor });
    left -= page.data.length;
    cursor = page.next_cursor ?? undefined;
    yield { data: page.data, more: cursor !== undefined && left <= 0 };
  } while (cursor !== undefined && left > 0);
}
