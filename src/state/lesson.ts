/**
 * @file What a lesson is, and the list of those that are shipped. Reading a lesson's file is `lesson-format.ts`, which is loaded
 * with the first lesson.
 */
import type { Json } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import type { Adaptation } from '../model/engine';
import type { RewardPart } from '../reward/types';
import type { Strategy } from '../sequence/strategy';
import type { Truncation } from '../sequence/truncate';
import type { ObjectiveSettings } from '../settings/objective';
import type { PracticeKey } from '../settings/practice';
import type { RunOptions } from '../settings/train';
import type { TrainSettings } from '../worker/protocol';
import type { Condition } from './lesson-conditions';
import { fieldsOf, idOf, listOf, parseLessonJson, positiveOf, stringOf, type Place } from './lesson-fields';
import type { PartName } from './lesson-parts';

export interface LessonSummary {
  id: string;
  title: string;
  /** About how long it takes. */
  minutes: number;
  /** One sentence: what one will see. */
  summary: string;
}

/** Conversations that the practice generator makes; numbers as its form has them, shares in per cent. */
export interface LessonPractice {
  values: Partial<Record<PracticeKey, number>>;
  shown: 'both' | 'right';
  /** Tools that are not listed. */
  without: readonly string[];
}

/** Records of any import format, the text of a file, or practice data; the place is where they stand in the lesson's file. */
export type LessonConversations =
  | { kind: 'records'; records: readonly Json[]; place: Place }
  | { kind: 'text'; text: string; place: Place }
  | { kind: 'practice'; practice: LessonPractice };

/** What a lesson sets on the page; what is absent stays as the lesson has set it before. */
export interface LessonSetup {
  conversations?: LessonConversations;
  /** Conversation that is looked at, from 1. */
  show?: number;
  policy?: MaskPolicy;
  settings?: Partial<TrainSettings>;
  options?: Partial<RunOptions>;
  strategy?: Strategy;
  truncate?: Truncation;
  objective?: Partial<ObjectiveSettings>;
  rewards?: readonly RewardPart[];
  adaptation?: Adaptation;
  overlay?: string;
  opens?: 'sequences' | 'none';
  report?: { source?: string; count?: number; seed?: number };
  weights?: 'original';
}

/** A button of a step. Without a label it has the usual one of what it does. */
export type LessonAction = { label?: string } & (
  | { do: 'train'; steps?: number; from: 'original' | 'now' }
  | { do: 'stop' }
  | { do: 'reset' }
  | { do: 'write'; message: number }
  | { do: 'measure' }
  | { do: 'measure-change' }
  | { do: 'set'; sets: LessonSetup }
);

/** What a step says of what happened. */
export interface LessonReaction {
  /** Until this is true it waits. */
  after?: Condition;
  when: Condition;
  met: string;
  unmet: string;
  waiting?: string;
}

export interface LessonStep {
  /** What later steps call it, to cite the figures that it ended with. */
  id?: string;
  title: string;
  /** Markdown, see `lesson-text.ts`. */
  text: string;
  target?: PartName;
  sets?: LessonSetup;
  actions: readonly LessonAction[];
  reacts: readonly LessonReaction[];
}

export interface Lesson extends LessonSummary {
  author?: string;
  /** Parts of the page that it does not need. */
  hides: readonly PartName[];
  start: LessonSetup & { conversations: LessonConversations };
  steps: readonly LessonStep[];
}

/** @throws LosslightError `bad-lesson` that names the field. */
export function parseLessonIndex(file: string, text: string): LessonSummary[] {
  return listOf({ file, path: 'index' }, parseLessonJson(file, text)).map((item, i) => {
    const at = (name: string) => ({ file, path: `[${i}].${name}` });
    const fields = fieldsOf({ file, path: `[${i}]` }, item, ['id', 'title', 'minutes', 'summary']);
    return {
      id: idOf(at('id'), fields.id),
      title: stringOf(at('title'), fields.title),
      minutes: positiveOf(at('minutes'), fields.minutes),
      summary: stringOf(at('summary'), fields.summary),
    };
  });
}
