/**
 * @file What the page says around the findings of its checks; the texts of the findings themselves are in src/lint.
 */
import { count, plural } from './numbers';

const refused = (records: number) => `${count(records)} refused`;

export const checks = {
  title: 'Checks',
  /** Severities: one finding, one in a list of counts, many. */
  severity: {
    error: {
      name: 'Error',
      count: (findings: number) => `${findings} ${findings === 1 ? 'error' : 'errors'}`,
    },
    warning: {
      name: 'Warning',
      count: (findings: number) => `${findings} ${findings === 1 ? 'warning' : 'warnings'}`,
    },
    info: { name: 'Note', count: (findings: number) => `${findings} ${findings === 1 ? 'note' : 'notes'}` },
  },
  marks: { error: '✕ error', warning: '⚠ warning', info: 'ⓘ note' },
  data: {
    running: 'Checks: running',
    none: 'Checks: nothing found',
    noneRefused: (records: number) => `Checks: nothing found, ${refused(records)}`,
    some: (counts: string) => `Checks: ${counts}`,
    someRefused: (counts: string, records: number) => `Checks: ${counts}, ${refused(records)}`,
    checked: (done: number, total: number) => `Checked ${count(done)} of ${count(total)}…`,
    cancel: 'Cancel',
    cancelled: 'The check was cancelled.',
    again: 'Check again',
    about: (records: number) =>
      `${plural(records, 'conversation')} checked, with the mask and the settings of now.`,
    refused: 'Refused by the template:',
    refusedLabel: 'Refused by the template',
    record: (number: number) => `Record ${count(number)}`,
  },
  one: {
    none: 'nothing found',
    running: 'checking…',
    failed: (reason: string) => `This conversation could not be checked: ${reason}`,
    show: 'Show',
  },
  groups: {
    label: 'Findings',
    times: (times: number) => plural(times, 'time'),
    of: (finding: string) => `: ${finding}`,
    records: (records: number) => `In ${count(records)} records.`,
    remedy: (fix: string, block: string) => `Remedy: ${fix}. ${block}`,
    again: 'It is being checked again.',
    more: 'Show more',
    moreOf: (lint: string) => ` of ${lint}`,
    rest: (rest: number) => `and ${count(rest)} more`,
    why: 'Why',
    whyOf: (lint: string) => ` it matters: ${lint}`,
    sources: (systems: string) => `Seen in ${systems}.`,
  },
};
