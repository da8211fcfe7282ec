/**
 * @file How long the text host may take for a request before it is killed: what is reasonable for the size of what it was
 * given, and a second more. Templates and patterns come from strangers, and some never end.
 */
import type { TextRequests } from './protocol';

type Name = keyof TextRequests;
type RequestOf<N extends Name> = TextRequests[N] extends { request: infer R } ? R : never;
type Sizes = { [N in Name]: (request: RequestOf<N>) => number };

/** For what is small: long enough for a worker that stands still while the engine starts. */
const SHORT = 2000;
/** Starting a worker is downloading its script. */
const START = 30_000;

const charactersOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0;
const charactersIn = (texts: readonly (string | undefined)[]): number =>
  texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
/**
 * Rendering, several times, and tokenizing; templates stop by themselves before that (template/limits.ts). With 25 ms
 * for a thousand characters a conversation of 35,000 tokens was stopped on a machine that was busy, and could not be seen.
 */
const rendering = (conversation: unknown): number => charactersOf(conversation) / 10;
const all = (conversations: readonly unknown[]): number =>
  2000 + 100 * conversations.length + rendering(conversations);
/** Every prefix of a conversation is rendered by itself: about half of it for each of its messages. */
const prefixes = (conversation: { messages: readonly unknown[] }): number =>
  100 + rendering(conversation) * (2 + conversation.messages.length / 2);
const allPrefixes = (conversations: readonly { messages: readonly unknown[] }[]): number =>
  conversations.reduce((sum, conversation) => sum + prefixes(conversation), 2000);

/** Decoding what was written, and rendering after each message. */
const written = (rounds: readonly { prompt: Int32Array; ids: Int32Array }[]): number =>
  rounds.reduce((sum, { prompt, ids }) => sum + (prompt.length + ids.length) / 2, 0);

/** Milliseconds for each request, on a slow laptop. */
const DEADLINES: Sizes = {
  hello: () => START,
  // The largest tokenizer.json known has 33 million characters.
  open: ({ files }) => 1000 + charactersIn(Object.values(files)) / 1000,
  checkTemplate: () => 1000,
  previewTemplate: ({ conversation }) => SHORT + rendering(conversation),
  traceTemplate: ({ conversation }) => SHORT + rendering(conversation),
  inspect: ({ conversation }) => SHORT + rendering(conversation),
  weigh: ({ conversation }) => SHORT + rendering(conversation),
  prompt: ({ conversation }) => SHORT + rendering(conversation),
  sequences: ({ conversations }) => allPrefixes(conversations),
  compare: ({ conversation }) => 2000 + prefixes(conversation),
  compareAll: ({ conversations }) => allPrefixes(conversations),
  divide: ({ conversation }) => SHORT + prefixes(conversation),
  lint: ({ conversation }) => SHORT + prefixes(conversation),
  lintAll: ({ conversations }) => allPrefixes(conversations),
  lintReport: () => 5000,
  tally: ({ conversations }) => all(conversations),
  rolloutOpen: ({ prompts }) => all(prompts),
  rolloutExtend: ({ prompt, rounds }) => SHORT + rendering(prompt) + written(rounds),
  rolloutRead: ({ turns }) =>
    turns.reduce((sum, { prompt, rounds }) => sum + 100 + 3 * rendering(prompt) + written(rounds), 2000),
  decode: ({ ids }) => 1000 + ids.length / 10,
};

/** Milliseconds that a request may take. */
export function deadlineOf<N extends Name>(name: N, request: RequestOf<N>): number {
  return DEADLINES[name](request);
}

/**
 * Calls `onExpired` once `milliseconds` have passed in which this page was running too: while the whole machine stands
 * still, the worker cannot be blamed. Returns what ends the watch.
 */
export function watch(milliseconds: number, onExpired: () => void): () => void {
  const tick = Math.min(100, milliseconds / 4);
  let left = milliseconds;
  const timer = setInterval(() => {
    left -= tick;
    if (left > 0) return;
    clearInterval(timer);
    onExpired();
  }, tick);
  return () => clearInterval(timer);
}
