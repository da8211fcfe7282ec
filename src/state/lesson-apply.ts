/**
 * @file Sets on the page what a lesson wants: its conversations, mask and settings; and puts back what was there before.
 */
import { data as words } from '$strings/data';
import { lessonFile } from '$strings/lesson-file';
import type { ImportProblem } from '../conversation/types';
import type { Adaptation } from '../model/engine';
import { DEFAULT_POLICY } from '../mask/policy';
import { objectiveDraftsOf, type ObjectiveDrafts } from '../settings/objective-table';
import type { ObjectiveKind } from '../settings/objective';
import { practiceDrafts, practiceValues } from '../settings/practice';
import { DEFAULT_DIVISION, DEFAULT_OPTIONS, type RunOptions } from '../settings/train';
import { writeRewards } from '../reward/reward-file';
import { textBlob } from './data.svelte';
import { DataList, MemoryPart } from './data-list';
import type { LessonConversations, LessonSetup } from './lesson';
import { allOf, badLesson, below, type LessonMistake } from './lesson-fields';
import type { Overlay } from './overlay';
import type { ReportField, ReportSource } from './report.svelte';
import type { RewardDraft } from './reward-drafts';
import type { OwnChoices } from './run-choices.svelte';
import type { Session } from './session.svelte';

/** What lessons change on the page. */
export type LessonPage = Pick<
  Session,
  | 'data'
  | 'mask'
  | 'train'
  | 'rewards'
  | 'sequences'
  | 'report'
  | 'model'
  | 'chooseRow'
  | 'resetWeights'
  | 'adapt'
>;

/** What the page had before a lesson changed it. */
export interface PageBefore {
  policy: typeof DEFAULT_POLICY;
  choices: OwnChoices;
  options: RunOptions;
  objective: { kind: ObjectiveKind; drafts: ObjectiveDrafts };
  /** As they were typed: those that need correcting are one's own, too. */
  rewards: { drafts: readonly RewardDraft[]; code: string };
  report: { source: ReportSource; drafts: Record<ReportField, string> };
  adaptation: Adaptation;
  overlay: Overlay;
  /** Whether the panel of training sequences is open. */
  sequences: boolean;
}

export function pageBefore({ mask, train, rewards, report, model, sequences }: LessonPage): PageBefore {
  const { choices, options, objective } = train;
  return {
    policy: mask.policy,
    choices: choices.own,
    options,
    objective: { kind: objective.kind, drafts: objective.drafts },
    rewards: { drafts: rewards.drafts, code: rewards.code },
    report: { source: report.source, drafts: report.drafts },
    adaptation: model.info?.trained.adaptation ?? { kind: 'full' },
    overlay: mask.overlay,
    sequences: sequences.open,
  };
}

/** Puts the forms and the mask back; conversations and weights are the caller's. */
export async function restorePage(page: LessonPage, before: PageBefore): Promise<void> {
  const { mask, train, rewards, report, sequences } = page;
  mask.setPolicy(before.policy);
  mask.overlay = before.overlay;
  sequences.open = before.sequences;
  train.choices.own = before.choices;
  train.options = before.options;
  train.objective.choose(before.objective.kind);
  train.objective.drafts = before.objective.drafts;
  rewards.putBack(before.rewards.drafts, before.rewards.code);
  report.source = before.report.source;
  report.drafts = before.report.drafts;
  await adaptTo(page, before.adaptation);
}

/** Setups laid over each other, the later ones last; settings and objectives field by field. Weights go back for the last one's sake alone. */
export function layered(setups: readonly LessonSetup[]): LessonSetup {
  return setups.reduce<LessonSetup>(
    ({ weights: _, ...all }, setup) => ({
      ...all,
      ...setup,
      ...(all.settings && setup.settings && { settings: { ...all.settings, ...setup.settings } }),
      ...(all.options && setup.options && { options: { ...all.options, ...setup.options } }),
      ...(all.objective && setup.objective && { objective: { ...all.objective, ...setup.objective } }),
      ...(all.report && setup.report && { report: { ...all.report, ...setup.report } }),
    }),
    {},
  );
}

/**
 * Brings a lesson's conversations into the list in place of all others; false where reading them was cancelled.
 *
 * @throws LosslightError `bad-lesson` where one of them is wrong: none is brought then.
 */
export async function bringConversations(
  { data }: Pick<Session, 'data'>,
  name: string,
  conversations: LessonConversations,
): Promise<boolean> {
  if (conversations.kind !== 'practice') {
    const isText = conversations.kind === 'text';
    const text = isText ? conversations.text : JSON.stringify(conversations.records, null, 1);
    const { came, errors } = await data.importWhole(
      textBlob({ name: `${name}.${isText ? 'txt' : 'json'}`, text }),
    );
    const mistakes = allOf(errors.map((error) => mistakeOf(conversations, error)));
    if (mistakes) throw mistakes;
    return came;
  }
  const parts = await practiceParts(conversations.practice);
  await data.add(parts, new DataList(), words.history.steps.practice);
  // What was there before is the person's own, which comes back when the lesson closes.
  data.history.clear();
  return true;
}

/** What is wrong with a conversation, where it stands in the lesson's file. */
function mistakeOf(
  { kind, place }: Exclude<LessonConversations, { kind: 'practice' }>,
  { record, field, line, reason, remedy }: ImportProblem,
): LessonMistake {
  const { lineOfText, cannotBeRead } = lessonFile.conversations;
  if (kind === 'text') return badLesson(place, lineOfText(line, reason), remedy);
  const at = below(place, record);
  const path = field && !field.startsWith('[') ? `.${field}` : field;
  return badLesson({ ...at, path: `${at.path}${path}` }, cannotBeRead(reason), remedy);
}

async function practiceParts({
  values,
  shown,
  without,
}: Extract<LessonConversations, { kind: 'practice' }>['practice']) {
  const drafts = practiceDrafts();
  for (const [key, value] of Object.entries(values)) drafts[key as keyof typeof drafts] = String(value);
  const read = practiceValues(drafts);
  if (!read) throw new RangeError('The practice settings of a lesson were not checked.');
  const { count, heldOut, ...rest } = read;
  const { composePractice, TOOLS } = await import('../conversation/practice/generator');
  const tools = TOOLS.map(({ name }) => name).filter((name) => !without.includes(name));
  const options = { ...rest, tools, contestedShown: shown };
  const make = (n: number, held: boolean) =>
    Array.from({ length: n }, (_, i) =>
      composePractice(i, held ? { ...options, split: 'held-out-phrasings' } : options),
    );
  const name = words.practice.name(options.seed);
  const parts = [new MemoryPart(make(count, false), [], { name })];
  if (heldOut)
    parts.push(
      new MemoryPart(make(heldOut, true), [], {
        name: words.practice.heldOutName(options.seed),
        heldOut: true,
      }),
    );
  return parts;
}

/**
 * Sets everything but the conversations. Fields that a setup leaves out stay as they are.
 *
 * @param fresh whether a lesson begins: what it leaves out then goes to its default
 */
export async function applySetup(page: LessonPage, setup: LessonSetup, fresh: boolean): Promise<void> {
  const { mask, train, rewards, sequences, report, data } = page;
  const wanted: LessonSetup = fresh
    ? {
        policy: DEFAULT_POLICY,
        settings: {},
        options: {},
        objective: { kind: 'sft' },
        opens: 'none',
        adaptation: { kind: 'full' },
        ...setup,
      }
    : setup;
  if (wanted.policy) mask.setPolicy(wanted.policy);
  if (wanted.settings) train.choices.choose(wanted.settings, train.choices.own.division);
  if (wanted.options) train.options = { ...DEFAULT_OPTIONS, ...wanted.options };
  if (fresh) train.division = DEFAULT_DIVISION;
  if (wanted.strategy) train.division = { ...train.division, strategy: wanted.strategy };
  if (wanted.truncate) train.division = { ...train.division, truncate: wanted.truncate };
  if (wanted.objective) {
    train.objective.choose(wanted.objective.kind ?? train.objective.kind);
    train.objective.drafts = objectiveDraftsOf(wanted.objective);
  }
  if (wanted.rewards) rewards.importFile(writeRewards({ parts: [...wanted.rewards], code: '' }));
  mask.overlay = (wanted.overlay as Overlay | undefined) ?? (fresh ? 'weight' : mask.overlay);
  if (wanted.opens) sequences.open = wanted.opens === 'sequences';
  if (wanted.report) {
    const { source, count, seed } = wanted.report;
    if (source !== undefined) report.source = source as ReportSource;
    report.drafts = {
      count: count === undefined ? report.drafts.count : String(count),
      seed: seed === undefined ? report.drafts.seed : String(seed),
    };
  }
  if (wanted.show !== undefined) await page.chooseRow(Math.min(wanted.show, data.list.length) - 1);
  if (wanted.weights === 'original' && page.model.weights === 'ready' && train.updates.length)
    await page.resetWeights();
  if (wanted.adaptation) await adaptTo(page, wanted.adaptation);
}

/** Another choice of what is trained, where it is another: it begins with the original weights. */
export async function adaptTo(page: LessonPage, wanted: Adaptation): Promise<void> {
  const { model } = page;
  const now = model.weights === 'ready' ? model.info?.trained.adaptation : undefined;
  if (now && inOrder(now) !== inOrder(wanted)) await page.adapt(wanted);
}

/** Fields in one order: what the engine says of itself need not have the order of a file. */
function inOrder(adaptation: Adaptation): string {
  return JSON.stringify(Object.entries(adaptation).sort(([a], [b]) => (a < b ? -1 : 1)));
}
