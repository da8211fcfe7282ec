/**
 * @file Where the page begins. A mask needs the text worker, so that starts first; the page's own code comes beside it, and so
 * does what a lesson in the address will ask for.
 */
import { lessonLinkOf } from './state/lesson-address';
import { FileClient } from './worker/file-client';
import { TextClient } from './worker/text-client';

const files = new FileClient();
const text = new TextClient(undefined, undefined, files);
text.start();
const lesson = lessonLinkOf(location.search, location.hash);
if (lesson) {
  // Its conversations are read as any file is.
  files.start();
  if (lesson.kind === 'shipped') fetchSoon(`lessons/${lesson.id}.json`);
} else fetchSoon('lessons/index.json');
// Not awaited here: the page imports what stands in this file's chunk, and would wait for it in turn.
void import('./page').then(({ openPage }) => openPage(text));
if (lesson) {
  // Where one of them cannot be had, the page asks again and says so.
  import('./state/lesson-runtime').catch(() => undefined);
  import('./ui/LessonCard.svelte').catch(() => undefined);
  import('./ui/MaskConversation.svelte').catch(() => undefined);
}

/** Has the browser fetch a file that the page's code will ask for, as the HTML does for those that every visit needs. */
function fetchSoon(path: string): void {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
  link.href = new URL(path, document.baseURI).href;
  document.head.append(link);
}
