/**
 * @file The settings of practice data in one table: default, range, label and help. The form and the checks read it.
 */
import { corePractice as words } from '$strings/core-practice';
import { coreSettings } from '$strings/core-settings';
import { parseNumber, type Checked } from './train';

export type PracticeKey =
  'count' | 'heldOut' | 'turns' | 'withTools' | 'contested' | 'renamed' | 'made' | 'seed';

export interface PracticeSetting {
  key: PracticeKey;
  label: string;
  /** The same within a sentence, where that is another. */
  name?: string;
  /** One sentence: what it does and when to change it. */
  help: string;
  /** In the page's address. */
  url: string;
  default: number;
  min: number;
  max: number;
  /** True for shares, which are typed in per cent. */
  percent: boolean;
  /** Shown first; the others are folded away. */
  common: boolean;
}

/** In the order of the form. */
export const PRACTICE_SETTINGS: readonly PracticeSetting[] = [
  {
    key: 'count',
    ...words.settings.count,
    url: 'practice-count',
    default: 64,
    min: 1,
    max: 20_000,
    percent: false,
    common: true,
  },
  {
    key: 'heldOut',
    ...words.settings.heldOut,
    url: 'practice-held',
    default: 16,
    min: 0,
    max: 5_000,
    percent: false,
    common: true,
  },
  {
    key: 'turns',
    ...words.settings.turns,
    url: 'practice-turns',
    default: 2,
    min: 1,
    max: 5,
    percent: false,
    common: true,
  },
  {
    key: 'seed',
    ...words.settings.seed,
    url: 'practice-seed',
    default: 1,
    min: 0,
    max: 2 ** 31 - 1,
    percent: false,
    common: true,
  },
  {
    key: 'withTools',
    ...words.settings.withTools,
    url: 'practice-tools',
    default: 70,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'contested',
    ...words.settings.contested,
    url: 'practice-contested',
    default: 20,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'renamed',
    ...words.settings.renamed,
    url: 'practice-renamed',
    default: 40,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'made',
    ...words.settings.made,
    url: 'practice-made',
    default: 0,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
];

/** Questions that leave a reward something to decide: of one turn, with tools, mostly contested, as in `experiments/sft-or-rl.json`. */
export const CONTESTED_QUESTIONS: Readonly<Partial<PracticeDrafts>> = {
  count: '64',
  heldOut: '60',
  turns: '1',
  withTools: '100',
  contested: '80',
};

/** What contested turns show, for people. */
export const CONTESTED_LABELS: Readonly<Record<'both' | 'right', { title: string; help: string }>> =
  words.contested;

/** Settings as typed into the form. */
export type PracticeDrafts = Record<PracticeKey, string>;

/** The table's defaults, as text. */
export function practiceDrafts(): PracticeDrafts {
  const entries = PRACTICE_SETTINGS.map(({ key, default: standard }) => [key, String(standard)]);
  return Object.fromEntries(entries) as PracticeDrafts;
}

/** Checks one typed value against its row of the table; shares stay in per cent. */
export function checkPractice(setting: PracticeSetting, text: string): Checked {
  const value = parseNumber(text);
  const { label, name = label, min, max, percent } = setting;
  if (value === undefined) return { error: coreSettings.wrong.number(name) };
  if (!percent && !Number.isInteger(value)) return { error: coreSettings.wrong.whole(name) };
  if (value < min || value > max) {
    const range = (edge: number) => `${edge.toLocaleString('en-GB')}${percent ? '%' : ''}`;
    return { error: coreSettings.wrong.between(name, range(min), range(max)) };
  }
  return { value };
}

/** The values of all settings, shares from 0 to 1; undefined where one of them is wrong. */
export function practiceValues(drafts: PracticeDrafts): Record<PracticeKey, number> | undefined {
  const values: Partial<Record<PracticeKey, number>> = {};
  for (const setting of PRACTICE_SETTINGS) {
    const { value } = checkPractice(setting, drafts[setting.key]);
    if (value === undefined) return undefined;
    values[setting.key] = setting.percent ? value / 100 : value;
  }
  return values as Record<PracticeKey, number>;
}
