/**
 * @file Where the page begins. A mask needs the text worker, so that starts first; the page's own code comes beside it.
 */
import { TextClient } from './worker/text-client';

const text = new TextClient();
text.start();
// Not awaited here: the page imports what stands in this file's chunk, and would wait for it in turn.
void import('./page').then(({ openPage }) => openPage(text));
