/**
 * @file What a share link and a session file hold, as JSON: settings, the mask, hand edits, conversations, rewards, the template and
 * runs, each only where somebody asked for it. What is read is anybody's: every field is checked, and what is wrong is left out and told.
 */
import { stored } from '$strings/stored';
import type { Conversation, Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { exportEdits, importEdits, type EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import { readPolicy, writePolicy } from '../mask/policy-file';
import { readRewards, writeRewards, type RewardFile } from '../reward/reward-file';
import { toReport } from './errors';
import type { RunPoint } from './runs.svelte';
import { readChat, storeChat, type StoredChat } from './stored-chat';
import { readConversation, storeConversation } from './stored-conversation';
import { StoredField } from './stored-fields';
import { readPoint, readRun, type StoredRun } from './stored-run';
import { readSettings, type PageSettings } from './url-settings';

const words = stored.page;

/** Grows where an older page could not read what a newer one writes. */
export const CONTENT_VERSION = 1;

/** Conversations that came together. */
export interface ContentPart {
  name: string;
  /** True where none of them is ever trained. */
  heldOut: boolean;
  conversations: readonly Conversation[];
}

/** Tells whether masks and weights mean the same here. Digests, see `textDigest`. */
export interface ModelMark {
  name: string;
  tokenizer: string;
  template: string;
}

/** Tuned weights beside the JSON: floats one after the other, in the order of `parts`. */
export interface StoredWeights {
  at: RunPoint;
  parts: readonly { name: string; length: number }[];
}

export interface PageContent {
  model?: ModelMark;
  settings?: PageSettings;
  policy?: MaskPolicy;
  edits?: EditBook;
  /** A chat template that its author wrote or brought. */
  template?: string;
  rewards?: RewardFile;
  parts?: readonly ContentPart[];
  /** Id of the conversation that was looked at. */
  chosen?: string;
  runs?: readonly StoredRun[];
  /** Models of its messages are runs by their numbers in this content; its ratings are conversations of `parts`. */
  chat?: StoredChat;
  weights?: StoredWeights;
}

const parsed = (text: string) => JSON.parse(text) as Json;

/** @param withSource whether the names of conversations' files go along */
export function writeContent(content: PageContent, runs: readonly Json[], withSource: boolean): Json {
  const { model, settings, policy, edits, template, rewards, parts, chosen, chat, weights } = content;
  const fields: Record<string, unknown> = {
    losslightPage: CONTENT_VERSION,
    model,
    settings,
    policy: policy && parsed(writePolicy(policy)),
    edits: edits && Object.keys(edits).length ? parsed(exportEdits(edits)) : undefined,
    template,
    rewards: rewards && parsed(writeRewards(rewards)),
    parts: parts?.map(({ name, heldOut, conversations }) => ({
      name,
      ...(heldOut && { heldOut }),
      conversations: conversations.map((conversation) => storeConversation(conversation, withSource)),
    })),
    chosen,
    runs: runs.length ? runs : undefined,
    chat: chat && storeChat(chat),
    weights,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Json;
}

/** What was read, and a sentence for each thing that was not. */
export interface ReadContent {
  content: PageContent;
  problems: readonly string[];
}

/** Problems that are told one by one. */
const MOST_PROBLEMS = 20;

/**
 * Reads what a link or a file holds. What is wrong is left out; the rest holds.
 *
 * @param origin what conversations say they come from where they do not say it themselves
 * @throws LosslightError `bad-content` where it is nothing of the kind, `newer-content` where a newer page made it.
 */
export function readContent(value: Json, origin: string): ReadContent {
  const field = new StoredField(value, 'content');
  const version = field.get('losslightPage');
  if (version.absent) {
    throw new LosslightError('bad-content', words.notOurs, words.notOursRemedy);
  }
  if (version.whole(1) > CONTENT_VERSION) {
    throw new LosslightError(
      'newer-content',
      words.newer(version.whole(1), CONTENT_VERSION),
      words.newerRemedy,
    );
  }
  const problems: string[] = [];
  /** What a part of it gives; undefined, and told, where it is wrong. */
  const attempt = <T>(name: string, read: (inner: StoredField) => T): T | undefined => {
    const inner = new StoredField(field.get(name).value, name);
    if (inner.absent) return undefined;
    try {
      return read(inner);
    } catch (error) {
      problems.push(toReport(error).message);
      return undefined;
    }
  };
  const settings = attempt('settings', (inner) => {
    const texts = inner.entries(1_000).map(([key, text]) => [key, text.text(10_000)] as const);
    const read = readSettings(texts);
    problems.push(...read.problems.map(words.setting));
    return read.settings;
  });
  const ids = new Set<string>();
  const parts = attempt('parts', (inner) =>
    inner.items(1_000).map((part) => readPart(part, origin, ids, problems)),
  )?.filter(({ conversations }) => conversations.length);
  const runs = attempt('runs', (inner) => inner.items(1_000))?.flatMap((inner) => {
    try {
      return [readRun(inner)];
    } catch (error) {
      problems.push(toReport(error).message);
      return [];
    }
  });
  const content: PageContent = {
    model: attempt('model', readMark),
    settings,
    policy: attempt('policy', (inner) => readPolicy(JSON.stringify(inner.object()))),
    edits: attempt('edits', (inner) => importEdits(JSON.stringify(inner.object()))),
    template: attempt('template', (inner) => inner.text(1_000_000)),
    rewards: attempt('rewards', (inner) => readRewards(JSON.stringify(inner.object()))),
    parts: parts?.length ? parts : undefined,
    chosen: attempt('chosen', (inner) => inner.text(1_000)),
    runs: runs?.length ? runs : undefined,
    chat: attempt('chat', readChat),
    weights: attempt('weights', readWeights),
  };
  const more = problems.length - MOST_PROBLEMS;
  if (more > 0) problems.splice(MOST_PROBLEMS, more, words.more(more));
  return { content, problems };
}

function readPart(field: StoredField, origin: string, ids: Set<string>, problems: string[]): ContentPart {
  const conversations = field
    .get('conversations')
    .items()
    .flatMap((inner, record) => {
      try {
        const conversation = readConversation(inner, origin, record);
        if (ids.has(conversation.id)) inner.get('id').refuse(stored.fields.takenId);
        ids.add(conversation.id);
        return [conversation];
      } catch (error) {
        problems.push(toReport(error).message);
        return [];
      }
    });
  return {
    name: field.maybe('name', (inner) => inner.text(1_000)) ?? origin,
    heldOut: field.maybe('heldOut', (inner) => inner.boolean()) ?? false,
    conversations,
  };
}

function readMark(field: StoredField): ModelMark {
  return {
    name: field.get('name').name(),
    tokenizer: field.get('tokenizer').name(),
    template: field.get('template').name(),
  };
}

function readWeights(field: StoredField): StoredWeights {
  const parts = field
    .get('parts')
    .items(100_000)
    .map((part) => ({
      name: part.get('name').name(1_000),
      length: part.get('length').whole(1, 2 ** 31),
    }));
  return { at: readPoint(field.get('at')), parts };
}
