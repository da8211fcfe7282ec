/**
 * @file Runs as CSV: one row a step, one column for every metric that some run has.
 */
import type { ChartRun } from './chart-lines';
import { METRICS } from './metrics';

/** RFC 4180: a field with a comma, a quote or a line break stands in quotes, and quotes are doubled. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Numbers are written in full, with a point; a cell is empty where nothing was measured. A row names the run that made its step, and
 * counts steps in that run.
 */
export function runsToCsv(runs: readonly ChartRun[]): string {
  const all = runs.flatMap(({ reports }) => reports);
  const lines = METRICS.flatMap((metric) => metric.lines(all)).filter(({ value }) =>
    all.some((report) => value(report) !== undefined),
  );
  const head = ['run', 'step', 'tokens', 'trained_tokens', 'milliseconds', ...lines.map(({ key }) => key)];
  const rows = runs.flatMap(({ name, reports, ofRuns }) =>
    reports.map((report, i) => [
      ofRuns?.[i] ?? name,
      String(report.step),
      String(report.tokens),
      String(report.trainedTokens),
      String(report.milliseconds),
      ...lines.map(({ value }) => String(value(report) ?? '')),
    ]),
  );
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}
