/**
 * @file A chat in a session file or in the tab's storage: every branch, how a model wrote each message, tools, settings and ratings.
 * Either may be anybody's, so that all of it is checked; a chat that is wrong in one place is refused as a whole, since messages
 * hang together.
 */
import { stored } from '$strings/stored';
import type { Conversation, Json } from '../conversation/types';
import type { GeneratedToken } from '../model/engine';
import type { ChatEnding, WrittenMessage } from './chat-message';
import { runSource } from './chat-sources';
import { EMPTY_TREE, type ChatNode, type ChatTree } from './chat-tree';
import type { Chat, ChatColumn } from './chat-types';
import { initialDrafts, type GenerationDrafts, type GenerationField } from './generation-options';
import {
  readConversation,
  readMessage,
  readTool,
  storeConversation,
  storeMessage,
} from './stored-conversation';
import { toStored, type StoredField } from './stored-fields';

/** A message that was rated: its column from 0, its node, and the id of its record in Data. */
export interface ChatRating {
  column: number;
  node: number;
  record: string;
}

export interface StoredChat {
  chat: Chat;
  drafts: GenerationDrafts;
  ratings: readonly ChatRating[];
  /** The records of the ratings, where they are kept beside the chat. */
  records?: readonly Conversation[];
}

const words = stored.chat;
const MOST_COLUMNS = 2;
const MOST_NODES = 10_000;
/** Tokens of all prompts and messages: prompts repeat each other, so that few bytes could ask for endless memory. */
const MOST_TOKENS = 20_000_000;
const MOST_ID = 2 ** 31 - 1;
const ENDINGS: readonly ChatEnding[] = ['stop', 'limit', 'context', 'stopped', 'interrupted'];
/** The original, the tuned one, and a run's weights, also those that are not kept any more, see chat-sources.ts. */
const SOURCE = /^(base|tuned|(gone )?run \d{1,9} step \d{1,9})$/;

/** True where nothing was said, and no tools were listed: there is nothing to keep. */
export function isEmptyChat({ columns, tools }: Chat): boolean {
  return tools.length === 0 && columns.every(({ tree }) => tree.nodes.size === 0);
}

export function storeChat({ chat, drafts, ratings, records = [] }: StoredChat): Json {
  const { columns, ...setting } = chat;
  return toStored({
    ...setting,
    drafts,
    columns: columns.map(({ source, tree }) => ({
      source,
      nodes: [...tree.nodes.values()].map((node) => storeNode(tree, node)),
      shown: [...tree.shown],
    })),
    ...(ratings.length > 0 && { ratings }),
    ...(records.length > 0 && { records: records.map((record) => storeConversation(record, true)) }),
  });
}

/** Ids are places: a tree numbers its nodes from 1 as they come. */
function storeNode(tree: ChatTree, { id: _, message, written, ...node }: ChatNode): object {
  return {
    ...node,
    message: storeMessage(message),
    ...(written && { written: storeWritten(written, textBefore(tree, node.parent)) }),
  };
}

/** A prompt begins as the prompt and the message before it did, mostly to their end: only what differs is written down. */
function storeWritten({ prompt, tokens, shown, ...how }: WrittenMessage, before: Int32Array): object {
  let same = 0;
  while (same < prompt.length && same < before.length && prompt[same] === before[same]) same++;
  const entropies = tokens.map(({ entropy }) => entropy);
  return {
    ...how,
    prompt: { same, rest: [...prompt.subarray(same)] },
    ids: tokens.map(({ id }) => id),
    logProbs: tokens.map(({ logProb }) => logProb),
    ...(entropies.every((entropy) => entropy !== undefined) && { entropies }),
    shown,
  };
}

/** What a model saw and wrote in the last written message of a path; nothing where there is none. */
function textBefore(tree: ChatTree, id: number): Int32Array {
  for (let at = tree.nodes.get(id); at; at = tree.nodes.get(at.parent)) {
    const { written } = at;
    if (!written) continue;
    const text = new Int32Array(written.prompt.length + written.tokens.length);
    text.set(written.prompt);
    written.tokens.forEach((token, i) => (text[written.prompt.length + i] = token.id));
    return text;
  }
  return new Int32Array();
}

/** @throws LosslightError `bad-content`, which names the field. */
export function readChat(field: StoredField): StoredChat {
  const left = { tokens: MOST_TOKENS };
  const given = field.get('columns').items(MOST_COLUMNS);
  if (given.length === 0) field.get('columns').refuse(words.noColumn);
  const columns = given.map((inner, i): ChatColumn => ({
    id: i + 1,
    source: readSource(inner.get('source')),
    tree: readTree(inner, left),
  }));
  const templateKwargs = field.maybe('templateKwargs', (inner) => inner.object());
  const world = field.maybe('world', (inner) => inner.finite());
  const records = field.maybe('records', (inner) =>
    inner.items(MOST_NODES).map((record, i) => readConversation(record, 'chat', i)),
  );
  return {
    chat: {
      columns,
      tools: field.maybe('tools', (inner) => inner.items(1_000).map(readTool)) ?? [],
      ...(templateKwargs && { templateKwargs }),
      ...(world !== undefined && { world }),
    },
    drafts: field.maybe('drafts', readDrafts) ?? initialDrafts(),
    ratings: field.maybe('ratings', (inner) => inner.items().map((one) => readRating(one, columns))) ?? [],
    ...(records && { records }),
  };
}

/**
 * A chat of another visit as it is here: a number of a run means another run in every visit.
 *
 * @param runs numbers of the chat's visit, and which runs they are here; the weights of others are not kept any more
 */
export function chatHere(kept: StoredChat, runs: ReadonlyMap<number, number>): StoredChat {
  const columns = kept.chat.columns.map(({ source, tree, ...column }): ChatColumn => {
    const nodes = [...tree.nodes].map(([id, node]): [number, ChatNode] => {
      const { written } = node;
      return [
        id,
        written ? { ...node, written: { ...written, source: sourceHere(written.source, runs) } } : node,
      ];
    });
    return { ...column, source: sourceHere(source, runs), tree: { ...tree, nodes: new Map(nodes) } };
  });
  return { ...kept, chat: { ...kept.chat, columns } };
}

function sourceHere(source: string, runs: ReadonlyMap<number, number>): string {
  const [, run, step] = /^run (\d+) step (\d+)$/.exec(source) ?? [];
  if (run === undefined || step === undefined) return source;
  const here = runs.get(Number(run));
  return here === undefined ? `gone ${source}` : runSource(here, step);
}

function readSource(field: StoredField): string {
  const source = field.text(100);
  return SOURCE.test(source) ? source : field.refuse(words.noModel);
}

function readTree(field: StoredField, left: { tokens: number }): ChatTree {
  const nodes = new Map<number, ChatNode>();
  const tree = { ...EMPTY_TREE, nodes };
  field
    .get('nodes')
    .items(MOST_NODES)
    .forEach((inner, i) => {
      const parent = inner.get('parent').whole(0, i);
      const sent = inner.maybe('sent', (place) => place.whole(-MOST_NODES, MOST_ID));
      const edited = inner.maybe('edited', (flag) => flag.boolean());
      const written = inner.maybe('written', (how) => readWritten(how, textBefore(tree, parent), left));
      nodes.set(i + 1, {
        id: i + 1,
        parent,
        message: readMessage(inner.get('message')),
        ...(written && { written }),
        ...(edited !== undefined && { edited }),
        ...(sent !== undefined && { sent }),
      });
    });
  const shown = field
    .get('shown')
    .items(MOST_NODES)
    .map((pair): [number, number] => {
      const [from, to, ...more] = pair.items(2).map((inner) => inner.whole(0, nodes.size));
      if (from === undefined || to === undefined || more.length || nodes.get(to)?.parent !== from)
        return pair.refuse(words.noStep);
      return [from, to];
    });
  return { nodes, shown: new Map(shown) };
}

function readWritten(field: StoredField, before: Int32Array, left: { tokens: number }): WrittenMessage {
  const prompt = field.get('prompt');
  const same = prompt.get('same').whole(0, before.length);
  const rest = readIds(prompt.get('rest'));
  const ids = readIds(field.get('ids'));
  left.tokens -= same + rest.length + ids.length;
  if (left.tokens < 0) field.refuse(words.tooManyTokens(MOST_TOKENS));
  const numbers = (name: string) => {
    const list = field
      .get(name)
      .items()
      .map((inner) => inner.measured());
    return list.length === ids.length ? list : field.get(name).refuse(words.entryPerToken);
  };
  const logProbs = numbers('logProbs');
  const entropies = field.maybe('entropies', () => numbers('entropies'));
  const shown = field
    .get('shown')
    .items()
    .map((inner) => inner.text(10_000));
  if (shown.length !== ids.length) field.get('shown').refuse(words.entryPerToken);
  const whole = new Int32Array(same + rest.length);
  whole.set(before.subarray(0, same));
  whole.set(rest, same);
  const brokenCall = field.maybe('brokenCall', (inner) => inner.boolean());
  return {
    by: field.get('by').name(),
    source: readSource(field.get('source')),
    model: field.maybe('model', (inner) => inner.text(1_000)),
    seed: field.get('seed').whole(0, 2 ** 32 - 1),
    temperature: field.get('temperature').finite(0, 5),
    topP: field.get('topP').finite(0, 1),
    prompt: whole,
    tokens: ids.map((id, i): GeneratedToken => {
      const entropy = entropies?.[i];
      return { id, logProb: logProbs[i] ?? NaN, ...(entropy !== undefined && { entropy }) };
    }),
    shown,
    ending: field.get('ending').choice(ENDINGS),
    ...(brokenCall !== undefined && { brokenCall }),
  };
}

function readIds(field: StoredField): number[] {
  return field.items().map((inner) => inner.whole(0, MOST_ID));
}

function readDrafts(field: StoredField): GenerationDrafts {
  const known = initialDrafts();
  const names = Object.keys(known) as GenerationField[];
  return Object.fromEntries(
    names.map((name) => [name, field.maybe(name, (inner) => inner.text(40)) ?? known[name]]),
  ) as GenerationDrafts;
}

function readRating(field: StoredField, columns: readonly ChatColumn[]): ChatRating {
  const column = field.get('column').whole(0, columns.length - 1);
  return {
    column,
    node: field.get('node').whole(1, columns[column]?.tree.nodes.size ?? 0),
    record: field.get('record').name(1_000),
  };
}
