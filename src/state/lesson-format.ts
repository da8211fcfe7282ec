/**
 * @file A lesson's JSON file: read field by field, because a teacher writes it by hand, and checked as what comes from a stranger,
 * because it may come by a link. docs/lessons.md tells the format.
 */
import { lessonFile as words } from '$strings/lesson-file';
import { lessons } from '$strings/lessons';
import type { Json } from '../conversation/types';
import type { Lesson, LessonAction, LessonReaction, LessonSetup, LessonStep } from './lesson';
import { readCondition } from './lesson-conditions';
import {
  badLesson,
  below,
  fieldsOf,
  idOf,
  listOf,
  oneOf,
  parseLessonJson,
  positiveOf,
  stringOf,
  wholeOf,
  type Place,
} from './lesson-fields';
import { PANELS, panelOf, PART_NAMES, PARTS, type PanelName, type PartName } from './lesson-parts';
import { readSetup } from './lesson-setup';
import { readLessonText } from './lesson-text';

/** Characters of a lesson's file; conversations are most of it, and larger sets belong into files of their own. */
export const LESSON_LIMIT = 5_000_000;
const MOST_STEPS = 30;

const FIELDS = [
  'losslightLesson',
  'id',
  'title',
  'minutes',
  'summary',
  'author',
  'shows',
  'hides',
  'start',
  'steps',
];
const DOES = ['train', 'stop', 'reset', 'write', 'measure', 'measure-change', 'set'] as const;

/** Whether a text is meant as a lesson; cheap, and never an error. */
export function isLesson(text: string): boolean {
  if (text.length > LESSON_LIMIT || !text.includes('"losslightLesson"')) return false;
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && 'losslightLesson' in value;
  } catch {
    // What begins like one and is broken is better told as a broken lesson than as strange conversations.
    return /^\s*\{\s*"losslightLesson"/.test(text);
  }
}

/** @throws LosslightError `bad-lesson` that names file, step and field, and says what to write. */
export function parseLesson(file: string, text: string): Lesson {
  const root: Place = { file, path: '' };
  const at = (name: string) => below(root, name);
  if (text.length > LESSON_LIMIT) {
    throw badLesson(at('lesson'), words.tooLong(LESSON_LIMIT / 1e6), words.leaveConversations);
  }
  const json = parseLessonJson(file, text);
  const { losslightLesson: version } = fieldsOf({ file, path: 'lesson' }, json);
  if (version === undefined) throw badLesson(at('losslightLesson'), lessons.file.missing, words.writeVersion);
  if (version !== 1) {
    const given = JSON.stringify(version);
    throw badLesson(at('losslightLesson'), words.otherVersion(given), words.newerPage);
  }
  const fields = fieldsOf(root, json, FIELDS);
  const start = readSetup(at('start'), fields.start);
  const { conversations } = start;
  if (!conversations)
    throw badLesson(below(at('start'), 'conversations'), lessons.file.missing, words.giveConversations);
  const hides = readHidden(at('shows'), fields.shows, at('hides'), fields.hides);
  const steps = readSteps(at('steps'), fields.steps, hides);
  return {
    id: idOf(at('id'), fields.id),
    title: stringOf(at('title'), fields.title, 200),
    minutes: positiveOf(at('minutes'), fields.minutes),
    summary: stringOf(at('summary'), fields.summary, 1000),
    ...(fields.author !== undefined && { author: stringOf(at('author'), fields.author, 200) }),
    hides,
    start: { ...start, conversations },
    steps,
  };
}

function readParts<T extends PartName>(place: Place, value: Json, known: readonly T[]): T[] {
  return listOf(place, value, 100).map((item, i) => oneOf(below(place, i), item, known));
}

/** The parts that are not needed: those of `hides`, or all panels but those of `shows`. */
function readHidden(
  showsAt: Place,
  shows: Json | undefined,
  hidesAt: Place,
  hides: Json | undefined,
): PartName[] {
  if (shows !== undefined && hides !== undefined) throw badLesson(hidesAt, words.besideShows, words.keepOne);
  if (hides !== undefined) {
    const parts = readParts(
      hidesAt,
      hides,
      PART_NAMES.filter((part) => part !== 'lesson'),
    );
    return [...new Set(parts)];
  }
  if (shows === undefined) return [];
  const panels: PanelName[] = readParts(showsAt, shows, PANELS);
  if (!panels.length) throw badLesson(showsAt, words.onePanel);
  return PANELS.filter((panel) => !panels.includes(panel));
}

function readSteps(place: Place, value: Json | undefined, hides: readonly PartName[]): LessonStep[] {
  const list = listOf(place, value, MOST_STEPS);
  if (!list.length) throw badLesson(place, words.oneStep);
  const ids: string[] = [];
  return list.map((item, i) => {
    const step = readStep(below(place, i), item, ids, hides);
    if (step.id !== undefined) ids.push(step.id);
    return step;
  });
}

function readStep(place: Place, value: Json, ids: readonly string[], hides: readonly PartName[]): LessonStep {
  const fields = fieldsOf(place, value, ['id', 'title', 'text', 'target', 'sets', 'actions', 'reacts']);
  const at = (name: string) => below(place, name);
  const id = fields.id === undefined ? undefined : idOf(at('id'), fields.id);
  if (id !== undefined && ids.includes(id)) throw badLesson(at('id'), words.sameId(id), words.ownId);
  const { target: wanted, actions = [], reacts = [] } = fields;
  const target = wanted === undefined ? undefined : oneOf(at('target'), wanted, PART_NAMES);
  if (target !== undefined && isHidden(target, hides)) {
    throw badLesson(at('target'), words.hiddenTarget(PARTS[target]), words.visibleTarget);
  }
  return {
    ...(id !== undefined && { id }),
    title: stringOf(at('title'), fields.title, 200),
    text: readLessonText(at('text'), fields.text, ids),
    ...(target !== undefined && { target }),
    ...(fields.sets !== undefined && { sets: readSetup(at('sets'), fields.sets) }),
    actions: listOf(at('actions'), actions, 10).map((item, n) => readAction(below(at('actions'), n), item)),
    reacts: listOf(at('reacts'), reacts, 10).map((item, n) =>
      readReaction(below(at('reacts'), n), item, ids),
    ),
  };
}

function isHidden(part: PartName, hides: readonly PartName[]): boolean {
  return hides.includes(part) || hides.some((hidden) => hidden === panelOf(part));
}

function readAction(place: Place, value: Json): LessonAction {
  const at = (name: string) => below(place, name);
  const what = oneOf(at('do'), fieldsOf(place, value).do, DOES);
  const own = { train: ['steps', 'from'], write: ['message'], set: ['sets'] } as Record<string, string[]>;
  const fields = fieldsOf(place, value, ['do', 'label', ...(own[what] ?? [])]);
  const label = fields.label === undefined ? {} : { label: stringOf(at('label'), fields.label, 100) };
  switch (what) {
    case 'train': {
      const { steps, from = 'now' } = fields;
      return {
        ...label,
        do: what,
        ...(steps !== undefined && { steps: wholeOf(at('steps'), steps, 1, 100_000) }),
        from: oneOf(at('from'), from, ['original', 'now']),
      };
    }
    case 'write':
      return { ...label, do: what, message: wholeOf(at('message'), fields.message, 1, 100_000) };
    case 'set': {
      if (fields.label === undefined) throw badLesson(at('label'), lessons.file.missing, words.labelOfButton);
      const sets: LessonSetup = readSetup(at('sets'), fields.sets);
      return { ...label, do: what, sets };
    }
    default:
      return { ...label, do: what };
  }
}

function readReaction(place: Place, value: Json, ids: readonly string[]): LessonReaction {
  const fields = fieldsOf(place, value, ['after', 'when', 'met', 'unmet', 'waiting']);
  const at = (name: string) => below(place, name);
  const text = (name: 'met' | 'unmet' | 'waiting') => readLessonText(at(name), fields[name], ids);
  return {
    ...(fields.after !== undefined && { after: readCondition(at('after'), fields.after, ids) }),
    when: readCondition(at('when'), fields.when, ids),
    met: text('met'),
    unmet: text('unmet'),
    ...(fields.waiting !== undefined && { waiting: text('waiting') }),
  };
}
