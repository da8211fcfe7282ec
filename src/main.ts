/**
 * @file Where the page begins. A mask needs the text worker, so that starts first; the page's own code comes beside it, and so
 * does what a lesson in the address will ask for.
 */
import { openFirst } from './state/first-files';
import { lessonLinkOf } from './state/lesson-address';
import { drawable } from './ui/drawable';
import { watchStyles } from './ui/failed-styles';
import { FileClient } from './worker/file-client';
import { TextClient } from './worker/text-client';

watchStyles();
const files = new FileClient();
const text = new TextClient(undefined, undefined, files);
text.start();
const first = openFirst(document.baseURI, (request) => text.openAhead(request));
const lesson = lessonLinkOf(location.search, location.hash);
if (lesson) {
  // Its conversations are read as any file is.
  files.start();
  if (lesson.kind === 'shipped') fetchSoon(`lessons/${lesson.id}.json`);
} else fetchSoon('lessons/index.json');
// Not awaited here: the page imports what stands in this file's chunk, and would wait for it in turn.
const page = () => import('./page');
// Its script or style may come at a second try.
void Promise.all([page().catch(page), drawable()]).then(([{ openPage }]) => openPage(text, first));
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
