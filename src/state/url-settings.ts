/**
 * @file Every setting that an address can hold, in one list: its key, what it is called, its default and the check of what stands
 * there. Values are texts, as in an address and in a form; a link and a session file use the same list.
 *
 * What an address says is anybody's: a key that is unknown or a value out of range is told by name and left out; the rest holds.
 */
import { addresses as words } from '$strings/addresses';
import { readPolicy } from '../mask/policy-file';
import { PRESETS, presetNamed } from '../mask/presets';
import { STRATEGIES } from '../sequence/strategy';
import {
  KEYED_CHOICES,
  KEYED_LISTS,
  KEYED_NUMBERS,
  type KeyedList,
  type KeyedNumber,
} from '../settings/keyed';
import { OBJECTIVES, DEFAULT_OBJECTIVE } from '../settings/objective';
import { OBJECTIVE_SETTINGS, objectiveProblem, type NumberRow } from '../settings/objective-table';
import { checkPractice, CONTESTED_LABELS, PRACTICE_SETTINGS } from '../settings/practice';
import { checkSetting, parseNumber, TRAIN_SETTINGS, type Checked } from '../settings/train';
import { ENGINE_KEY, ENGINE_KINDS } from '../worker/engine-client';
import { toReport } from './errors';
import { OVERLAYS } from './overlay';

/** The settings of the page by their keys, each as the text that stands in an address. */
export type PageSettings = Readonly<Record<string, string>>;

export interface UrlSetting {
  url: string;
  /** What messages call it. */
  label: string;
  /** Left out of the address. */
  default: string;
  /** What is wrong with a text, in a sentence; undefined where nothing is. */
  problem: (text: string) => string | undefined;
  /** Two texts of one number are one value. */
  number?: boolean;
}

/** Keys that others read: the lesson, the guide, and what computes. */
export const OTHER_KEYS: readonly string[] = ['lesson', 'guide', ENGINE_KEY];

const { labels } = words;

/** Characters of one value: a policy with rules has some hundreds. */
const MOST_CHARACTERS = 2_000;
/** Problems that are told: one address can make up thousands. */
const MOST_PROBLEMS = 12;

const of = (error: Checked): string | undefined => error.error;

function choice(url: string, label: string, standard: string, values: readonly string[]): UrlSetting {
  const problem = (text: string) =>
    values.includes(text) ? undefined : words.problems.oneOf(label, values.join(', '));
  return { url, label, default: standard, problem };
}

const list = ({ url, default: standard, values }: KeyedList, label: string): UrlSetting =>
  choice(url, label, standard, values);

function number({ url, default: standard, min, max, integer }: KeyedNumber, label: string): UrlSetting {
  const row = { label, min, max, integer } as NumberRow;
  const problem = (text: string) => objectiveProblem({ ...row, type: 'number' }, text);
  return { url, label, default: standard, problem, number: true };
}

/** Names, such as those of tools or of projections, with commas between them. */
function names(url: string, label: string, standard: string): UrlSetting {
  const problem = (text: string) =>
    /^[\w.-]+(,[\w.-]+)*$/.test(text) ? undefined : words.problems.names(label);
  return { url, label, default: standard, problem };
}

/** In the order of the page, which is that of an address. */
export const URL_SETTINGS: readonly UrlSetting[] = [
  number(KEYED_NUMBERS.heldOut, labels.heldOut),
  number(KEYED_NUMBERS.heldOutSeed, labels.heldOutSeed),
  ...PRACTICE_SETTINGS.map((row): UrlSetting => {
    const { url, label, default: standard } = row;
    const problem = (text: string) => of(checkPractice(row, text));
    return { url, label: labels.practice(label), default: String(standard), problem, number: true };
  }),
  choice(KEYED_CHOICES.contestedShown.url, labels.practiceShown, 'both', Object.keys(CONTESTED_LABELS)),
  names(KEYED_CHOICES.practiceWithout.url, labels.practiceWithout, ''),
  choice(
    'mask',
    labels.mask,
    'default',
    PRESETS.map(({ name }) => name),
  ),
  { url: 'policy', label: labels.policy, default: '', problem: policyProblem },
  choice(KEYED_CHOICES.overlay.url, labels.overlay, 'weight', OVERLAYS),
  choice(
    KEYED_CHOICES.sequences.url,
    labels.sequences,
    '',
    STRATEGIES.map(({ name }) => name),
  ),
  list(KEYED_LISTS.truncate, labels.truncate),
  choice(KEYED_CHOICES.objective.url, labels.objective, DEFAULT_OBJECTIVE.kind, OBJECTIVES),
  ...OBJECTIVE_SETTINGS.map((row): UrlSetting => ({
    url: row.url,
    label: row.label,
    default: String(DEFAULT_OBJECTIVE[row.key]),
    problem: (text) => objectiveProblem(row, text),
    number: row.type === 'number',
  })),
  number(KEYED_NUMBERS.loraRank, labels.lora),
  number(KEYED_NUMBERS.loraAlpha, labels.loraAlpha),
  list(KEYED_LISTS.loraRs, labels.loraRs),
  names(KEYED_CHOICES.loraTargets.url, labels.loraTargets, 'all-linear'),
  ...TRAIN_SETTINGS.map((row): UrlSetting => ({
    url: row.url,
    label: row.label,
    default: String(row.default),
    problem: (text) => of(checkSetting(row, text)),
    number: true,
  })),
  list(KEYED_LISTS.schedule, labels.schedule),
  list(KEYED_LISTS.recompute, labels.recompute),
  list(KEYED_LISTS.packing, labels.packing),
];

/** Chosen before the first model is loaded, and not by a setting of the page: it is only checked here. */
const ENGINE = choice(ENGINE_KEY, labels.engine, '', ENGINE_KINDS);

const BY_KEY = new Map(URL_SETTINGS.map((setting) => [setting.url, setting]));

/** The defaults of all settings. */
export const DEFAULT_SETTINGS: PageSettings = Object.fromEntries(
  URL_SETTINGS.map(({ url, default: standard }) => [url, standard]),
);

function policyProblem(text: string): string | undefined {
  try {
    readPolicy(text);
    return undefined;
  } catch (error) {
    const { message, remedy } = toReport(error);
    return words.problems.withRemedy(message, remedy);
  }
}

/** Those that differ from their default and can be read again, in the order of the list, numbers as they are usually written. */
export function changedSettings(settings: PageSettings): PageSettings {
  const entries = URL_SETTINGS.flatMap(({ url, default: standard, number: isNumber, problem }) => {
    const text = settings[url];
    if (text === undefined || text === standard) return [];
    // What is being typed may be wrong for a moment; an address holds what can be read.
    if (text.length > MOST_CHARACTERS || problem(text) !== undefined) return [];
    const plain = isNumber ? String(parseNumber(text) ?? text) : text;
    return plain === standard ? [] : [[url, plain] as const];
  });
  return Object.fromEntries(entries);
}

/** The labels of settings that hold but are too long for an address. */
export function tooLong(settings: PageSettings): readonly string[] {
  return Object.keys(longTexts(settings)).map(settingLabel);
}

/** Settings that hold but are too long for an address. */
export function longTexts(settings: PageSettings): PageSettings {
  const long = URL_SETTINGS.flatMap(({ url, problem }) => {
    const text = settings[url] ?? '';
    return text.length > MOST_CHARACTERS && problem(text) === undefined ? [[url, text] as const] : [];
  });
  return Object.fromEntries(long);
}

/**
 * Checks settings that came from outside.
 *
 * @param entries keys with their texts; a key that comes twice counts once
 * @returns those that hold, and a sentence for each that does not
 */
export function readSettings(entries: Iterable<readonly [string, string]>): {
  settings: PageSettings;
  problems: readonly string[];
} {
  const settings = new Map<string, string>();
  const problems: string[] = [];
  for (const [key, text] of entries) {
    if (OTHER_KEYS.includes(key)) {
      const problem = key === ENGINE_KEY ? ENGINE.problem(text) : undefined;
      if (problem !== undefined) problems.push(words.problems.of(short(key), short(text), problem));
      continue;
    }
    const setting = BY_KEY.get(key);
    if (!setting) {
      problems.push(words.problems.unknown(short(key)));
      continue;
    }
    const problem = settings.has(key)
      ? words.problems.twice
      : text.length > MOST_CHARACTERS
        ? words.problems.long(text.length, MOST_CHARACTERS)
        : setting.problem(text);
    if (problem === undefined) settings.set(key, text);
    else problems.push(words.problems.of(short(key), short(text), problem));
  }
  const more = problems.length - MOST_PROBLEMS;
  if (more > 0) problems.splice(MOST_PROBLEMS, more, words.problems.more(more));
  return { settings: Object.fromEntries(settings), problems };
}

/**
 * An address's query with these settings in place of those that it has. Keys of others stay where they are; unknown ones go.
 *
 * @param query with or without its `?`
 * @returns with its `?`, or '' where nothing is left
 */
export function queryOf(query: string, settings: PageSettings): string {
  const kept = [...new URLSearchParams(query)].filter(([key]) => OTHER_KEYS.includes(key));
  const params = new URLSearchParams([...kept, ...Object.entries(changedSettings(settings))]);
  const text = params.toString();
  return text ? `?${text}` : '';
}

/** The label of a key, for people. */
export function settingLabel(key: string): string {
  return BY_KEY.get(key)?.label ?? key;
}

/** The name of a preset as people know it. */
export function settingValue(key: string, text: string): string {
  if (key === 'mask') return presetNamed(text)?.title ?? text;
  return key === 'policy' ? words.ownPolicy : text;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
