/**
 * @file JSON in the fragment of an address and back: deflated (raw, RFC 1951) and written as base64url without padding
 * (RFC 4648, section 5). A fragment is never sent to a server. What comes in is anybody's, so that both its length and what it
 * inflates to are limited; the limit holds while it inflates, not afterwards.
 */
import { links } from '$strings/links';
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { inflateLimited, textOf } from './inflate';

/** Characters of a fragment's content: browsers take far longer ones, but chats, mail programs and QR codes cut them. */
export const MOST_CHARACTERS = 60_000;
/** Bytes of JSON: a link that is at its longest can inflate a thousandfold, and text seldom shrinks to less than a fortieth. */
export const MOST_INFLATED = 4_000_000;
/** Depth of nesting: deeper JSON is nobody's conversation, and what walks it would run out of stack. */
const MOST_DEPTH = 200;

/** Limits that a test, or who knows better, sets. */
export interface FragmentLimits {
  characters?: number;
  inflated?: number;
}

/**
 * A JSON value as text that may stand in a fragment: letters, digits, `-` and `_`.
 *
 * @throws LosslightError `link-too-long` where it has more characters than `limits` allow, by how much.
 */
export async function encodeFragment(value: Json, limits: FragmentLimits = {}): Promise<string> {
  const { characters = MOST_CHARACTERS } = limits;
  const text = await packFragment(value);
  if (text.length <= characters) return text;
  throw new LosslightError('link-too-long', links.tooLong(text.length, characters), links.shareLess);
}

/** The same without a limit, to tell how long it would be. */
export async function packFragment(value: Json): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const deflated = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return toBase64Url(new Uint8Array(await new Response(deflated).arrayBuffer()));
}

/**
 * The JSON value of a fragment's content. It is untrusted: the caller checks every field.
 *
 * @throws LosslightError `link-too-long`, `link-too-large` (it inflates to more than the limit) or `bad-link` (characters that do
 *   not belong, cut off, no deflate stream, no JSON, nested too deeply).
 */
export async function decodeFragment(text: string, limits: FragmentLimits = {}): Promise<Json> {
  const { characters = MOST_CHARACTERS, inflated = MOST_INFLATED } = limits;
  if (text.length > characters) {
    throw new LosslightError('link-too-long', links.tooLongToRead(text.length, characters), links.askForFile);
  }
  const json = await inflate(fromBase64Url(text), inflated);
  let value: Json;
  try {
    value = JSON.parse(json) as Json;
  } catch (cause) {
    throw bad(links.notJson, cause);
  }
  if (tooDeep(value)) throw bad(links.tooDeep(MOST_DEPTH));
  return value;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>, limit: number): Promise<string> {
  let chunks: Uint8Array[] | undefined;
  try {
    chunks = await inflateLimited(new Blob([bytes]), limit);
    if (chunks) return textOf(chunks);
  } catch (cause) {
    throw bad(links.damaged, cause);
  }
  throw new LosslightError('link-too-large', links.tooLarge(limit), links.tooLargeRemedy);
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  // In pieces, because a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const wrong = /[^A-Za-z0-9_-]/.exec(text);
  if (wrong) throw bad(links.wrongCharacter(wrong[0], wrong.index + 1));
  if (text === '') throw bad(links.empty);
  if (text.length % 4 === 1) throw bad(links.cut);
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Walked with a list of its own, because the depth of a call stack is what this guards. */
function tooDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > MOST_DEPTH) return true;
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? (Object.values(item) as Json[]) : [],
    );
  }
  return false;
}

function bad(reason: string, cause?: unknown): LosslightError {
  return new LosslightError('bad-link', links.unreadable(reason), links.copyAgain, { cause });
}
