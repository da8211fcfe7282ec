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
  allOf,
  badLesson,
  below,
  fieldsOf,
  idOf,
  type LessonMistake,
  listOf,
  oneOf,
  orElse,
  positiveOf,
  stringOf,
  wholeOf,
  type Place,
} from './lesson-fields';
import { linesOf, parseWithLines } from './lesson-json';
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

/** @throws LosslightError `bad-lesson` that names file, step, field and line of all that is wrong, and says what to write. */
export function parseLesson(file: string, text: string): Lesson {
  const found: LessonMistake[] = [];
  const root: Place = { file, path: '', found, lineOf: linesOf(text) };
  const at = (name: string) => below(root, name);
  if (text.length > LESSON_LIMIT) {
    throw badLesson(at('lesson'), words.tooLong(LESSON_LIMIT / 1e6), words.leaveConversations);
  }
  const json = parseWithLines(file, text);
  const { losslightLesson: version } = fieldsOf({ file, path: 'lesson' }, json);
  if (version === undefined) throw badLesson(at('losslightLesson'), lessons.file.missing, words.writeVersion);
  if (version !== 1) {
    const given = JSON.stringify(version);
    throw badLesson(at('losslightLesson'), words.otherVersion(given), words.newerPage);
  }
  const fields = fieldsOf(root, json, FIELDS);
  const said = (name: 'title' | 'summary' | 'author', most: number) =>
    orElse(root, () => stringOf(at(name), fields[name], most), '');
  const head = {
    id: orElse(root, () => idOf(at('id'), fields.id), ''),
    title: said('title', 200),
    minutes: orElse(root, () => positiveOf(at('minutes'), fields.minutes), 1),
    summary: said('summary', 1000),
    ...(fields.author !== undefined && { author: said('author', 200) }),
  };
  const hides = orElse(root, () => readHidden(at('shows'), fields.shows, at('hides'), fields.hides), []);
  const start = orElse<Lesson['start'] | undefined>(
    root,
    () => readStart(at('start'), fields.start),
    undefined,
  );
  const steps = orElse(root, () => readSteps(at('steps'), fields.steps, hides), []);
  const mistakes = allOf(found);
  if (mistakes || !start) throw mistakes ?? badLesson(at('start'), lessons.file.missing);
  return { ...head, hides, start, steps };
}

function readStart(place: Place, value: Json | undefined): Lesson['start'] {
  const start = readSetup(place, value);
  const { conversations } = start;
  if (conversations) return { ...start, conversations };
  const at = below(place, 'conversations');
  // What is wrong with those that are given was told.
  if (value !== undefined && fieldOf(value, 'conversations') !== undefined)
    return { ...start, conversations: { kind: 'records', records: [], place: at } };
  throw badLesson(at, lessons.file.missing, words.giveConversations);
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
  return list.flatMap((item, i) => {
    const at = below(place, i);
    const step = orElse(at, () => readStep(at, item, ids, hides), undefined);
    // One that is wrong was told: where it is cited is not wrong as well.
    const id = step?.id ?? fieldOf(item, 'id');
    if (typeof id === 'string') ids.push(id);
    return step ?? [];
  });
}

function readStep(place: Place, value: Json, ids: readonly string[], hides: readonly PartName[]): LessonStep {
  const fields = fieldsOf(place, value, ['id', 'title', 'text', 'target', 'sets', 'actions', 'reacts']);
  const at = (name: string) => below(place, name);
  const { sets, target: wanted, actions = [], reacts = [] } = fields;
  const id = orElse(place, () => readStepId(at('id'), fields.id, ids), undefined);
  const title = orElse(place, () => stringOf(at('title'), fields.title, 200), '');
  const text = orElse(place, () => readLessonText(at('text'), fields.text, ids), '');
  const target = orElse(place, () => readTarget(at('target'), wanted, hides), undefined);
  return {
    ...(id !== undefined && { id }),
    title,
    text,
    ...(target !== undefined && { target }),
    ...(sets !== undefined && { sets: orElse(place, () => readSetup(at('sets'), sets), {}) }),
    actions: readEach(at('actions'), actions, readAction),
    reacts: readEach(at('reacts'), reacts, (item, value) => readReaction(item, value, ids)),
  };
}

function fieldOf(value: Json, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function readStepId(place: Place, value: Json | undefined, ids: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const id = idOf(place, value);
  if (ids.includes(id)) throw badLesson(place, words.sameId(id), words.ownId);
  return id;
}

function readTarget(place: Place, value: Json | undefined, hides: readonly PartName[]): PartName | undefined {
  if (value === undefined) return undefined;
  const target = oneOf(place, value, PART_NAMES);
  if (!isHidden(target, hides)) return target;
  throw badLesson(place, words.hiddenTarget(PARTS[target]), words.visibleTarget);
}

/** The items of a step's list; those with a mistake are told and left out. */
function readEach<T>(place: Place, value: Json, read: (place: Place, item: Json) => T): T[] {
  return orElse(place, () => listOf(place, value, 10), []).flatMap((item, i): T[] => {
    const at = below(place, i);
    return orElse(at, () => [read(at, item)], []);
  });
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
  const text = (name: 'met' | 'unmet' | 'waiting') =>
    orElse(place, () => readLessonText(at(name), fields[name], ids), '');
  // Where a condition is wrong, any other stands in for it until all is told.
  const condition = (name: 'after' | 'when') =>
    orElse(place, () => readCondition(at(name), fields[name], ids), { all: [] });
  return {
    ...(fields.after !== undefined && { after: condition('after') }),
    when: condition('when'),
    met: text('met'),
    unmet: text('unmet'),
    ...(fields.waiting !== undefined && { waiting: text('waiting') }),
  };
}
