/**
 * @file When the page can be drawn: its script comes beside the HTML and the style, and may be there before either.
 */

/** Milliseconds that the page waits for its style. */
const STYLE_PATIENCE = 10_000;

/** Resolves when the page has its element and its style, or as much of that as will come. */
export async function drawable(page: Document = document, patience = STYLE_PATIENCE): Promise<void> {
  if (page.readyState === 'loading')
    await new Promise((resolve) => page.addEventListener('DOMContentLoaded', resolve, { once: true }));
  const links = [...page.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')];
  await Promise.all(
    links.map(
      (link) =>
        // Without its style the page is still better than none, and what failed before this was reached tells nothing any more.
        link.sheet ??
        new Promise((resolve) => {
          link.onload = link.onerror = resolve;
          setTimeout(resolve, patience);
        }),
    ),
  );
}
