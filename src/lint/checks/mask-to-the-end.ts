/**
 * @file A mask that begins with an answer and does not stop where the answer does.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext, Run, Setup } from '../context';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import { documentsOf, IGNORED, type TokenRow } from '../row-file';
import type { Found } from '../types';

const words = coreFindings['mask-to-the-end'];

export const maskToTheEnd: Check = {
  ...lintNamed('mask-to-the-end'),

  conversation(context) {
    const { policy, runs, weights } = context;
    const start = suffixStart(weights);
    const first = runs.find((run) => run.end > start);
    // A mask that begins before the first answer trains prompts on purpose.
    if (!first || start <= 1 || !speaks(context, first)) return [];
    const foreign = runs.find((run) => run.start >= start && isOthers(context, run));
    if (!foreign) return [];
    const place = context.place({ start: foreign.start, end: weights.length }, foreign.message);
    return [
      {
        message: words.runsOn(
          first.message,
          weights.length - foreign.start,
          context.quote(context.place(foreign)),
        ),
        place,
        fix: policyFix(words.fixMask, {
          ...bySegments(policy),
          ...(policy.basis === 'completion' && { turns: 'last-message' as const }),
          prompt: 0,
          ...(policy.roles && { roles: {} }),
          ...rulesWithout(policy, 'user'),
        }),
      },
    ];
  },

  row(row, setup) {
    return row.labels ? [...onPadding(row, row.labels), ...overTurns(row, row.labels, setup)] : [];
  },
};

/** First token of the trained stretch at the end; the length where the last token is not trained. */
function suffixStart(weights: Float32Array): number {
  let start = weights.length;
  while (start > 0 && weights[start - 1] !== 0) start--;
  return start;
}

const speaks = ({ messages }: LintContext, { message }: Run) => messages[message]?.role === 'assistant';

/** What somebody else says; results of tools have a lint of their own. */
function isOthers(context: LintContext, run: Run): boolean {
  const role = context.messages[run.message]?.role;
  return !run.generated && (role === 'user' || role === 'system') && run.kind !== 'scaffold';
}

function onPadding({ attentionMask, inputIds }: TokenRow, labels: readonly number[]): Found[] {
  const padding = inputIds.flatMap((_, i) => (attentionMask?.[i] === 0 ? [i] : []));
  const trained = padding.filter((i) => (labels[i] ?? IGNORED) >= 0);
  const [first] = trained;
  if (first === undefined) return [];
  return [
    {
      severity: 'error',
      message: words.onPadding(trained.length),
      place: { field: 'labels', tokens: { start: first, end: (trained.at(-1) ?? first) + 1 } },
      fix: {
        kind: 'row',
        title: words.fixPadding,
        change: { labels: labels.map((label, i) => (attentionMask?.[i] === 0 ? IGNORED : label)) },
      },
    },
  ];
}

/** A trained stretch at the end of a document that goes on after an end of turn. */
function overTurns(row: TokenRow, labels: readonly number[], { inspector }: Setup): Found[] {
  const ends = new Set(inspector.endOfTurnIds);
  const last = documentsOf(row).at(-1);
  if (!last) return [];
  let start = last.end;
  while (start > last.start && (labels[start - 1] ?? IGNORED) >= 0) start--;
  if (start <= last.start + 1 || start === last.end) return [];
  const turnEnd = row.inputIds.findIndex((id, i) => i >= start && ends.has(id));
  if (turnEnd < 0 || turnEnd >= last.end) return [];
  const after = turnEnd + 1;
  if (!inspector.tokenizer.decode(row.inputIds.slice(after, last.end)).trim()) return [];
  return [
    {
      message: words.overTurns(turnEnd, last.end - after),
      place: { field: 'labels', tokens: { start: after, end: last.end } },
      fix: {
        kind: 'row',
        title: words.fixLabels,
        change: { labels: labels.map((label, i) => (i >= after && i < last.end ? IGNORED : label)) },
      },
    },
  ];
}
