/**
 * @file Gathers what a link or a session file is to hold from where it lives on the page.
 */
import { stored } from '$strings/stored';
import type { Conversation, Json } from '../conversation/types';
import type { EditBook } from '../mask/edit-file';
import type { DataList } from './data-list';
import type { ContentPart, ModelMark, PageContent } from './page-content';
import type { Session } from './session.svelte';
import { storeRun } from './stored-run';
import { textDigest } from './text-digest';
import { changedSettings, type PageSettings } from './url-settings';

/** What goes along. */
export interface GatherChoice {
  settings: boolean;
  policy: boolean;
  edits: boolean;
  template: boolean;
  rewards: boolean;
}

/** Rows read at once. */
const STEP = 500;

/** What tells this page's tokenizer and template from others; undefined until they are open. */
export function modelMark({ model }: Pick<Session, 'model'>): ModelMark | undefined {
  const { opened, tokenizerText } = model;
  if (!opened || tokenizerText === undefined) return undefined;
  return {
    name: model.ownTokenizer ? (model.own.folder ?? stored.page.ownTokenizer) : model.name,
    tokenizer: textDigest(tokenizerText),
    template: textDigest(opened.template.source),
  };
}

/** A template that is not the shipped one; undefined where it is. */
export function ownTemplate({ model }: Pick<Session, 'model'>): string | undefined {
  return model.shippedTemplate ? undefined : model.opened?.template.source;
}

/**
 * @param rows of the list, in its order
 * @throws LosslightError where a file of conversations can no longer be read.
 */
export async function gather(
  session: Session,
  settings: PageSettings,
  choice: GatherChoice,
  rows: readonly number[],
): Promise<PageContent> {
  const { data, mask, rewards } = session;
  const { policy: _, mask: __, ...others } = changedSettings(settings);
  const parts = await partsOf(data.list, rows);
  const ids = new Set(parts.flatMap(({ conversations }) => conversations.map(({ id }) => id)));
  const chosen = data.chosen?.id;
  return {
    model: modelMark(session),
    ...(choice.settings && { settings: others }),
    ...(choice.policy && { policy: mask.policy }),
    ...(choice.edits && { edits: editsAmong(mask.edits.book, ids) }),
    ...(choice.template && { template: ownTemplate(session) }),
    ...(choice.rewards && rewards.parts.length > 0 && { rewards: rewards.file }),
    ...(parts.length > 0 && { parts }),
    ...(chosen !== undefined && ids.has(chosen) && { chosen }),
  };
}

/** The runs of this visit, without their weights. */
export function gatherRuns({ train }: Pick<Session, 'train'>): Json[] {
  return train.runs.list.map(storeRun);
}

/** Conversations of rows, kept together as their imports brought them. */
async function partsOf(list: DataList, rows: readonly number[]): Promise<ContentPart[]> {
  const parts = new Map<string, { name: string; heldOut: boolean; conversations: Conversation[] }>();
  for (let at = 0; at < rows.length; at += STEP) {
    const some = rows.slice(at, at + STEP);
    const conversations = await list.read(some);
    for (const [i, conversation] of conversations.entries()) {
      const { part, name, heldOut } = list.originOf(some[i] ?? -1);
      const key = `${part} ${name}`;
      const known = parts.get(key) ?? { name, heldOut, conversations: [] };
      known.conversations.push(conversation);
      parts.set(key, known);
    }
  }
  return [...parts.values()];
}

/**
 * The same without the names of one's files, which ids and parts have as well: they are nobody's business.
 *
 * @param ownModel whether the model’s name is that of one's folder
 */
export function withoutFileNames(content: PageContent, ownModel: boolean): PageContent {
  const names = new Map<string, string>();
  const parts = content.parts?.map((part) => ({
    ...part,
    name: stored.page.sharedPart,
    conversations: part.conversations.map((conversation) => {
      const id = `shared ${names.size + 1}`;
      names.set(conversation.id, id);
      return { ...conversation, id };
    }),
  }));
  const edits = Object.entries(content.edits ?? {}).map(([id, own]) => [names.get(id) ?? id, own] as const);
  return {
    ...content,
    ...(ownModel && content.model && { model: { ...content.model, name: stored.page.otherModel } }),
    ...(parts && { parts }),
    ...(content.edits && { edits: Object.fromEntries(edits) }),
    ...(content.chosen !== undefined && { chosen: names.get(content.chosen) }),
  };
}

function editsAmong(book: EditBook, ids: ReadonlySet<string>): EditBook {
  return Object.fromEntries(Object.entries(book).filter(([id]) => ids.has(id)));
}
