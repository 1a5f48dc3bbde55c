/**
 * A page, once it is awaited; iterated with `for await`, every item of this page and of those after it; and by
 * `pages()` page by page. The pages after the first are fetched when the iteration gets there.
 */
export interface PagePromise<Page, Item> extends Promise<Page>, AsyncIterable<Item> {
  pages(): AsyncIterable<Page>;
}

export interface PagesParams<Page, Item> {
  /** `cursor` is undefined for the first page. */
  readonly fetch: (cursor: string | undefined) => Promise<Page>;
  readonly items: (page: Page) => readonly Item[];
  /** Undefined: this page is the last. */
  readonly next: (page: Page) => string | undefined;
}

export function paged<Page, Item>({ fetch, items, next }: PagesParams<Page, Item>): PagePromise<Page, Item> {
  const first = fetch(undefined);
  async function* pages(): AsyncGenerator<Page, void, undefined> {
    let page = await first;
    for (;;) {
      yield page;
      const cursor = next(page);
      if (cursor === undefined) return;
      page = await fetch(cursor);
    }
  }
  async function* all(): AsyncGenerator<Item, void, undefined> {
    for await (const page of pages()) yield* items(page);
  }
  return Object.assign(first, { pages, [Symbol.asyncIterator]: all });
}
