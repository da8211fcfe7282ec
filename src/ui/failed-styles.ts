/**
 * @file Style sheets of the page's later parts that could not be loaded, and another try at them. The build's own loader asks for
 * each once: a part whose script comes at the second try would stand there without its style.
 */

/** By address. */
const failed = new Map<string, HTMLLinkElement>();
const tried = new Map<string, Promise<void>>();

/** Notes style sheets that fail from now on. */
export function watchStyles(): void {
  // What fails to load does not bubble.
  document.addEventListener(
    'error',
    ({ target }) => {
      if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') failed.set(target.href, target);
    },
    { capture: true },
  );
}

/** Addresses of those that failed, and did not come since. */
export function failedStyles(): string[] {
  return [...failed.keys()];
}

/** Loads those that failed once more, and resolves when each has come or failed again. */
export async function retryStyles(): Promise<void> {
  await Promise.all(failedStyles().map((href) => tried.get(href) ?? retry(href)));
}

function retry(href: string): Promise<void> {
  const link = failed.get(href);
  if (!link) return Promise.resolve();
  const again = link.cloneNode() as HTMLLinkElement;
  const done = new Promise<void>((resolve) => {
    again.addEventListener('load', () => {
      failed.delete(href);
      resolve();
    });
    again.addEventListener('error', () => resolve());
  }).finally(() => tried.delete(href));
  tried.set(href, done);
  link.replaceWith(again);
  return done;
}
