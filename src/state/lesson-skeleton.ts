/**
 * @file The present page as the beginning of a lesson: its conversations, mask and settings in a file that opens as it is, with steps
 * to be written.
 */
import { skeleton as words } from '$strings/lesson-skeleton';
import type { Json } from '../conversation/types';
import { toTrl } from '../conversation/export-trl';
import { DEFAULT_POLICY } from '../mask/policy';
import { OWN_REWARD } from '../reward/registry';
import { DEFAULT_OBJECTIVE } from '../settings/objective';
import { settingsReadBy } from '../settings/objective-table';
import { DEFAULT_DIVISION, DEFAULT_OPTIONS, TRAIN_SETTINGS } from '../settings/train';
import type { LessonPage } from './lesson-apply';

/** Conversations of the list that a skeleton takes over: lessons are short. */
const MOST = 20;

/** A lesson's file that sets the page up as it is now; it can be opened at once, and its texts are there to be replaced. */
export async function writeSkeleton(page: LessonPage): Promise<string> {
  const { data, mask, train, rewards, model } = page;
  const rows = data.trainRows.slice(0, MOST);
  const conversations = (await data.list.read(rows)).map((conversation) => toTrl(conversation));
  const lesson = {
    losslightLesson: 1,
    id: 'my-lesson',
    title: words.title,
    minutes: 10,
    summary: words.summary,
    shows: ['data', 'mask', 'train', 'compare'],
    start: {
      conversations: conversations.length ? conversations : [EXAMPLE],
      ...changed('policy', mask.policy, DEFAULT_POLICY),
      ...settingsOf(train),
      ...changed('strategy', train.division.strategy, DEFAULT_DIVISION.strategy),
      ...changed('truncate', train.division.truncate, DEFAULT_DIVISION.truncate),
      ...objectiveOf(train),
      ...(train.objective.onPolicy && { rewards: rewards.parts.filter(({ id }) => id !== OWN_REWARD) }),
      ...(model.info?.trained.adaptation.kind === 'lora' && { adaptation: model.info.trained.adaptation }),
    },
    steps: STEPS,
  };
  return `${JSON.stringify(lesson, null, 2)}\n`;
}

const EXAMPLE: Json = {
  messages: [
    { role: 'user', content: words.example.question },
    { role: 'assistant', content: words.example.answer },
  ],
};

const STEPS: Json = [
  {
    id: 'look',
    title: words.look.title,
    text: words.look.text,
    target: 'mask.strip',
  },
  {
    id: 'train',
    title: words.train.title,
    text: words.train.text,
    target: 'train.start',
    actions: [{ do: 'train', steps: 10 }],
    reacts: [
      {
        after: { figure: 'steps.here', atLeast: 10 },
        when: { figure: 'loss.last', below: 'loss.first' },
        met: words.train.met,
        unmet: words.train.unmet,
      },
    ],
  },
];

function changed(name: string, value: unknown, standard: unknown): Record<string, unknown> {
  return JSON.stringify(value) === JSON.stringify(standard) ? {} : { [name]: value };
}

/** Settings that are not at their defaults; a field that is wrong now is left out. */
function settingsOf({ settings, options }: LessonPage['train']): { settings?: Record<string, unknown> } {
  const numbers = TRAIN_SETTINGS.flatMap(({ key, default: standard }) => {
    const value = settings?.[key];
    // The engine says “no clip” with Infinity, files say 0.
    const written = value === Infinity ? 0 : value;
    return written === undefined || written === standard ? [] : [[key, written] as const];
  });
  const chosen = Object.entries(options).filter(
    ([key, value]) => value !== DEFAULT_OPTIONS[key as keyof typeof DEFAULT_OPTIONS],
  );
  const all = [...numbers, ...chosen];
  return all.length ? { settings: Object.fromEntries(all) } : {};
}

function objectiveOf({ objective }: LessonPage['train']): { objective?: Record<string, unknown> } {
  const { kind, settings } = objective;
  if (kind === 'sft' && !settings) return {};
  const own = settingsReadBy(kind).flatMap(({ key }) => {
    const value = settings?.[key];
    return value === undefined || value === DEFAULT_OBJECTIVE[key] ? [] : [[key, value] as const];
  });
  return kind === 'sft' && !own.length ? {} : { objective: { kind, ...Object.fromEntries(own) } };
}
