/**
 * @file Settings that are in none of the tables of numbers (train.ts, objective-table.ts, practice.ts): key in the page's address,
 * default and range of each. The forms show them, and the address is checked by them.
 */
import {
  DEFAULT_DIVISION,
  DEFAULT_OPTIONS,
  PACKING_LABELS,
  RECOMPUTE_LABELS,
  SCHEDULES,
  TRUNCATION_LABELS,
} from './train';

/** What a form shows of a setting beside its help: its key, and its range where it is a number. */
export interface Keyed {
  url: string;
  min?: number;
  max?: number;
}

export interface KeyedNumber extends Required<Keyed> {
  /** As it stands in an address; empty where it follows from something else. */
  default: string;
  integer: boolean;
}

export interface KeyedList extends Keyed {
  default: string;
  values: readonly string[];
}

export const KEYED_NUMBERS = {
  heldOut: { url: 'holdout', default: '0', min: 0, max: 100, integer: false },
  heldOutSeed: { url: 'holdout-seed', default: '1', min: 0, max: 2 ** 32 - 1, integer: true },
  loraRank: { url: 'lora', default: '0', min: 0, max: 1024, integer: true },
  // Empty: twice the rank.
  loraAlpha: { url: 'lora-alpha', default: '', min: 1e-6, max: 1e6, integer: false },
} satisfies Record<string, KeyedNumber>;

export const KEYED_LISTS = {
  truncate: {
    url: 'truncate',
    default: DEFAULT_DIVISION.truncate,
    values: Object.keys(TRUNCATION_LABELS),
  },
  loraRs: { url: 'lora-rs', default: 'off', values: ['off', 'on'] },
  schedule: { url: 'schedule', default: DEFAULT_OPTIONS.schedule, values: SCHEDULES },
  recompute: { url: 'recompute', default: DEFAULT_OPTIONS.recompute, values: Object.keys(RECOMPUTE_LABELS) },
  packing: { url: 'packing', default: 'off', values: Object.keys(PACKING_LABELS) },
} satisfies Record<string, KeyedList>;

/** Of what is chosen from a list of another part: objectives, strategies, what is coloured, what practice data shows. */
export const KEYED_CHOICES = {
  objective: { url: 'objective' },
  /** Empty: what suits the data. */
  sequences: { url: 'sequences' },
  overlay: { url: 'overlay' },
  contestedShown: { url: 'practice-shown' },
  loraTargets: { url: 'lora-targets' },
  practiceWithout: { url: 'practice-without' },
} satisfies Record<string, Keyed>;
