/**
 * @file The settings of practice data in one table: default, range, label and help. The form and the checks read it.
 */
import { parseNumber, type Checked } from './train';

export type PracticeKey =
  'count' | 'heldOut' | 'turns' | 'withTools' | 'contested' | 'renamed' | 'made' | 'seed';

export interface PracticeSetting {
  key: PracticeKey;
  label: string;
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
    label: 'Conversations',
    help: 'How many are made to train on.',
    url: 'practice-count',
    default: 64,
    min: 1,
    max: 20_000,
    percent: false,
    common: true,
  },
  {
    key: 'heldOut',
    label: 'Held out',
    help: 'How many more are made to measure on: in words and about things that the others never show.',
    url: 'practice-held',
    default: 16,
    min: 0,
    max: 5_000,
    percent: false,
    common: true,
  },
  {
    key: 'turns',
    label: 'Turns',
    help: 'How often the user speaks in a conversation, at most.',
    url: 'practice-turns',
    default: 2,
    min: 1,
    max: 5,
    percent: false,
    common: true,
  },
  {
    key: 'seed',
    label: 'Seed',
    help: 'The same seed and settings make the same conversations.',
    url: 'practice-seed',
    default: 1,
    min: 0,
    max: 2 ** 31 - 1,
    percent: false,
    common: true,
  },
  {
    key: 'withTools',
    label: 'With tools, %',
    help: 'Share of conversations that list tools; in the others the model has to do without.',
    url: 'practice-tools',
    default: 70,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'contested',
    label: 'Contested, %',
    help: 'Share of turns where both calling a tool and answering at once would be defensible; fewer where the tools allow one alone.',
    url: 'practice-contested',
    default: 20,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'renamed',
    label: 'Renamed, %',
    help: 'Share of tools that are listed under another name, so that the schema has to be read.',
    url: 'practice-renamed',
    default: 40,
    min: 0,
    max: 100,
    percent: true,
    common: false,
  },
  {
    key: 'made',
    label: 'Made-up tools, %',
    help: 'Share of tools that are put together from words, so that none can be known by heart.',
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
export const CONTESTED_LABELS: Readonly<Record<'both' | 'right', { title: string; help: string }>> = {
  both: {
    title: 'both behaviours',
    help: 'Half of the contested turns call and half answer, so that the model stays undecided and a reward can decide.',
  },
  right: {
    title: 'the right one',
    help: 'Every contested turn shows what is right: answer what is stated and does not change, and sums of one-digit numbers; call for what changes, such as a price of last week, and for larger sums.',
  },
};

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
  const { label, min, max, percent } = setting;
  const name = label.replace(', %', '');
  if (value === undefined) return { error: `${name} must be a number.` };
  if (!percent && !Number.isInteger(value)) return { error: `${name} must be a whole number.` };
  if (value < min || value > max) {
    const range = (edge: number) => `${edge.toLocaleString('en-GB')}${percent ? '%' : ''}`;
    return { error: `${name} must be between ${range(min)} and ${range(max)}.` };
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
