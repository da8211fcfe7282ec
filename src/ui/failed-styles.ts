/**
 * @file Style sheets of the page's later parts that could not be loaded, and another try at them. The build's own loader asks for
 * each once: a part whose script comes at the second try would stand there without its style.
 */

const failed = new Set<HTMLLinkElement>();

/** Notes style sheets that fail from now on. */
export function watchStyles(): void {
  // What fails to load does not bubble.
  document.addEventListener(
    'error',
    ({ target }) => {
      if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') failed.add(target);
    },
    { capture: true },
  );
}

/** Loads those that failed once more. Rejects where one fails again. */
export async function retryStyles(): Promise<void> {
  const links = [...failed];
  failed.clear();
  await Promise.all(
    links.map((link) => {
      const again = link.cloneNode() as HTMLLinkElement;
      const loaded = new Promise<void>((resolve, reject) => {
        again.addEventListener('load', () => resolve());
        again.addEventListener('error', () => reject(new Error(`${again.href} could not be loaded.`)));
      });
      link.replaceWith(again);
      return loaded;
    }),
  );
}
