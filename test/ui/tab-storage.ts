/**
 * @file What a tab keeps, for tests of what the next visit of the same tab finds.
 */

/** A storage of its own; `texts` is what stands in it. */
export function tabStorage(kept: Record<string, string> = {}) {
  const texts = new Map(Object.entries(kept));
  return {
    texts,
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  };
}
