/**
 * @file How learning on policy went, as a section of the report.
 */
import { cellText, percent } from '../reward/decision-table';
import type { Change, Course } from './course';
import { count, markdownTable } from './report-text';

/** How learning on policy went: why it helped, or why not. */
export function courseText(courses: readonly Course[]): string[] {
  if (courses.length === 0) return [];
  const shares = ({ first, last }: Change) => `${percent(first)} → ${percent(last)}`;
  const numbers = ({ first, last }: Change) => `${first.toFixed(3)} → ${last.toFixed(3)}`;
  const columns: [keyof Omit<Course, 'arm'>, string, (change: Change) => string][] = [
    ['reward', 'Reward', numbers],
    ['decision', 'Decision right', shares],
    ['flat', 'Prompts without variance', shares],
    ['entropy', 'Entropy (nats)', numbers],
    ['kl', 'KL to the base (nats)', numbers],
    ['length', 'Tokens of a completion', ({ first, last }) => `${count(first)} → ${count(last)}`],
    ['truncated', 'Broken off', shares],
  ];
  const shown = columns.filter(([key]) => courses.some((course) => course[key]));
  const rows = courses.map((course) => [
    cellText(course.arm),
    ...shown.map(([key, , text]) => {
      const change = course[key];
      return change ? text(change) : '–';
    }),
  ]);
  return [
    '## How learning on policy went',
    '',
    ...markdownTable(['Arm', ...shown.map(([, label]) => label)], rows),
    'Of the completions that were learnt from, sampled, over the first and over the last fifth of the steps; means of the seeds. Where all completions of a prompt ' +
      'have the same reward, nothing is learnt from that prompt.',
    '',
  ];
}
