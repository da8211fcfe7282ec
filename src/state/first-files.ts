/**
 * @file The shipped tokenizer, asked for and opened while the page's own code is still on its way.
 */
import type { OpenRequest } from '../sequence/open-model';

/** Where the shipped model lies, below the page. */
export const SHIPPED = 'models/pocket/';
/** What a folder with its chat template in tokenizer_config.json is opened with. */
const FILES = ['tokenizer.json', 'tokenizer_config.json'];

/** The answer to a file that was asked for beforehand, once; undefined for any other address. */
export type TakeFirst = (url: string) => Promise<Response> | undefined;

/**
 * Asks for the files, and has them opened as soon as they are there. Nothing that goes wrong is told: the page asks for the same
 * again, and tells.
 */
export function openFirst(base: string, open: (request: OpenRequest) => void): TakeFirst {
  const asked = new Map<string, Promise<Response>>();
  const texts = FILES.map(async (name) => {
    const url = new URL(SHIPPED + name, base).href;
    const answer = fetch(url);
    asked.set(url, answer);
    const response = await answer;
    if (!response.ok) throw new TypeError(`${url}: ${response.status}`);
    return [name, await response.clone().text()] as const;
  });
  void Promise.all(texts).then(
    (files) => open({ files: Object.fromEntries(files) }),
    () => undefined,
  );
  return (url) => {
    const answer = asked.get(url);
    asked.delete(url);
    return answer;
  };
}
