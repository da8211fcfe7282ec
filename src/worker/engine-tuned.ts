/**
 * @file Where tuned choices are kept between visits: a small JSON in the browser's cache of this page's origin. What
 * cannot be kept or read is measured again; nothing else depends on it.
 */
import type { TunedChoices, TunedMemory } from '../ops/tuned-choices';

const NAME = 'losslight-tuned';

/** An address of this origin that nothing is ever fetched from: entries of a cache are found by addresses. */
function addressOf(device: string): string {
  return `/tuned-choices/${encodeURIComponent(device)}`;
}

/** @param caches none where the browser keeps none for this page, as in some private windows */
export function cachedChoices(caches: CacheStorage | undefined = globalThis.caches): TunedMemory {
  const open = () => caches?.open(NAME);
  return {
    async load(device) {
      try {
        const response = await (await open())?.match(addressOf(device));
        return (await response?.json()) as unknown;
      } catch {
        return undefined;
      }
    },
    async save(choices: TunedChoices) {
      try {
        const body = new Response(JSON.stringify(choices), {
          headers: { 'content-type': 'application/json' },
        });
        await (await open())?.put(addressOf(choices.device), body);
      } catch {
        // A full or forbidden cache: the next visit measures again.
      }
    },
  };
}
