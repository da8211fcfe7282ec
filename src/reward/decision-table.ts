/**
 * @file A tool-decision report as text: lines for a terminal, Markdown, CSV and JSON.
 */
import {
  DECISION_FIGURES,
  DECISION_KEYS,
  DECISION_SLICES,
  DECISION_SLICE_KEYS,
  type DecisionFigures,
  type DecisionReport,
  type MeasuredFigure,
} from './decision-report';

/** A report, with the name of its model; the first one of several is what the others are compared with. */
export interface NamedReport {
  name: string;
  report: DecisionReport;
}

/** `48.3%`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** `+4.0`, in points, with a typographic minus. */
export function points(difference: number): string {
  const text = (100 * Math.abs(difference)).toFixed(1);
  if (text === '0.0') return '0.0';
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** `48.3% [40.1%, 56.6%]`. */
export const withInterval = ({ share, low, high }: Pick<MeasuredFigure, 'share' | 'low' | 'high'>): string =>
  `${percent(share)} [${percent(low)}, ${percent(high)}]`;

/** `+4.0 [−1.2, +9.2]`. */
export const differenceText = ({
  difference,
  low,
  high,
}: {
  difference: number;
  low: number;
  high: number;
}): string => `${points(difference)} [${points(low)}, ${points(high)}]`;

const WIDTH = Math.max(...Object.values(DECISION_FIGURES).map(({ label }) => label.length));

/** A line a figure, for a terminal: share, interval, cases, and the difference where there is one. */
export function decisionLines(figures: DecisionFigures): string[] {
  return DECISION_KEYS.flatMap((key) => {
    const found = figures[key];
    if (!found) return [];
    const line = `  ${DECISION_FIGURES[key].label.padEnd(WIDTH)}  ${withInterval(found)}  ${found.hits} of ${found.cases}`;
    const { difference } = found;
    return [
      difference ? `${line}: ${differenceText(difference)} on ${difference.cases} turns of both` : line,
    ];
  });
}

/** The rows of a table over several models: one a slice, figure and model. */
function rows(reports: readonly NamedReport[]) {
  return DECISION_SLICE_KEYS.flatMap((slice) =>
    DECISION_KEYS.flatMap((key) =>
      reports.flatMap(({ name, report }) => {
        const found = report[slice]?.[key];
        return found ? [{ slice, key, name, found }] : [];
      }),
    ),
  );
}

/** A Markdown table a slice: a row a figure, a column a model; differences stand below the share. */
export function decisionMarkdown(reports: readonly NamedReport[]): string {
  const parts = DECISION_SLICE_KEYS.flatMap((slice) => {
    const keys = DECISION_KEYS.filter((key) => reports.some(({ report }) => report[slice]?.[key]));
    if (keys.length === 0) return [];
    const lines = keys.map((key) => {
      const cells = reports.map(({ report }) => {
        const found = report[slice]?.[key];
        if (!found) return '–';
        const { difference } = found;
        return `${withInterval(found)}${difference ? `; ${differenceText(difference)}` : ''}`;
      });
      return `| ${[DECISION_FIGURES[key].label, ...cells].join(' | ')} |`;
    });
    const head = ['', ...reports.map(({ name }) => cellText(name))];
    const title = DECISION_SLICES[slice].label;
    return [
      `### ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
      '',
      `| ${head.join(' | ')} |`,
      `| ${head.map(() => '---').join(' | ')} |`,
      ...lines,
      '',
    ];
  });
  return `${parts.join('\n')}\n`;
}

/** Text that stays inside its cell of a Markdown table. */
export const cellText = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|]/g, '\\$&');

/** One row a slice, figure and model, shares from 0 to 1; lines end as RFC 4180 has them. */
export function decisionCsv(reports: readonly NamedReport[]): string {
  const head = 'turns,figure,model,share,low,high,hits,cases,difference,difference_low,difference_high';
  const lines = rows(reports).map(({ slice, key, name, found }) => {
    const { share, low, high, hits, cases, difference } = found;
    const fields = [
      slice,
      key,
      name,
      ...[share, low, high, hits, cases].map(String),
      ...(difference ? [difference.difference, difference.low, difference.high].map(String) : ['', '', '']),
    ];
    return fields.map(csvField).join(',');
  });
  return [head, ...lines].map((line) => `${line}\r\n`).join('');
}

/** A field of CSV. One that a spreadsheet would take for a formula is given a leading apostrophe. */
export function csvField(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Everything, as JSON for people to read. */
export const decisionJson = (reports: readonly NamedReport[]): string =>
  `${JSON.stringify({ reports }, undefined, 2)}\n`;
