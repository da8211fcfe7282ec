/**
 * @file Opens what a share link or a session file holds, without taking any of it in.
 */
import { links } from '$strings/links';
import type { Opened } from './arrival.svelte';
import { decodeFragment } from './fragment-codec';
import { readContent } from './page-content';
import { readSessionFile } from './session-file';

/** @throws LosslightError as `decodeFragment` and `readContent`. */
export async function openLink(text: string): Promise<Opened> {
  return { ...readContent(await decodeFragment(text), links.origin), name: links.name, fromLink: true };
}

/** @throws LosslightError as `readSessionFile`. */
export async function openFile(file: File): Promise<Opened> {
  return { ...(await readSessionFile(file, file.name)), name: file.name };
}
