/**
 * @file What conversations hold that one may not want to give away: addresses of mail, and long numbers such as those of phones,
 * accounts and passports. A hint before sharing, and no guarantee.
 */
import type { Conversation } from '../conversation/types';

export interface PersonalData {
  conversations: number;
  messages: number;
  /** Addresses of mail, and numbers of nine digits or more. */
  addresses: number;
  numbers: number;
}

/** Digits with at most one space, dash or dot between them. */
const LONG_NUMBER = /\d(?:[ .-]?\d){8,}/g;
const BEFORE_AT = /[\w.+%-]{1,64}$/;
const AFTER_AT = /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/;

export function personalData(conversations: readonly Conversation[]): PersonalData {
  const found = { conversations: conversations.length, messages: 0, addresses: 0, numbers: 0 };
  for (const { messages, preference } of conversations) {
    const all = [...messages, ...(preference?.rejected ?? [])];
    found.messages += messages.length;
    for (const { content, reasoning = '', toolCalls = [] } of all) {
      for (const text of [content, reasoning, ...toolCalls.map(({ rawArguments }) => rawArguments)]) {
        found.addresses += addresses(text);
        found.numbers += text.match(LONG_NUMBER)?.length ?? 0;
      }
    }
  }
  return found;
}

/** From each “@” outwards: a pattern for the whole would take quadratic time on a long text without one. */
function addresses(text: string): number {
  let count = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const before = text.slice(Math.max(0, at - 64), at);
    const after = text.slice(at + 1, at + 320);
    if (BEFORE_AT.test(before) && AFTER_AT.test(after)) count++;
  }
  return count;
}
