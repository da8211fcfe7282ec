/**
 * @file What the longest sequence cuts off: all of the trained tokens, or some.
 */
import { coreFindings } from '$strings/core-findings';
import type { SequenceView } from '../../sequence/division';
import type { Strategy } from '../../sequence/strategy';
import { truncateView } from '../../sequence/truncate';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { settingFix } from '../fixes';
import type { Found, Stretch } from '../types';

const words = coreFindings['truncated-targets'];

export const truncatedTargets: Check = {
  ...lintNamed('truncated-targets'),

  conversation(context) {
    const { encoded, settings, trained } = context;
    const { maxLength, strategy = 'whole' } = settings;
    if (maxLength === undefined || trained === 0) return [];
    const most = encoded.ids.length + (strategy === 'whole' ? 0 : mostAdded(context));
    if (most <= maxLength) return [];
    return strategy === 'whole' ? inWhole(context, maxLength) : inSequences(context, maxLength, strategy);
  },
};

/** Tokens of another end of turn. */
const ENDING = 4;

/**
 * The most tokens that a sequence of another strategy has more than the whole: thinking that the template strips from the
 * whole is in sequences that end with its turn. A token is at least a byte.
 */
function mostAdded(context: LintContext): number {
  const encoder = new TextEncoder();
  return context.notes('thinking-left-out').reduce((most, { message }) => {
    const { length } = encoder.encode(context.messages[message]?.reasoning ?? '');
    return most + length + ENDING;
  }, ENDING);
}

function inWhole(context: LintContext, maxLength: number): Found[] {
  const { encoded, trained } = context;
  const { length } = encoded.ids;
  const kept = keptTokens(context, maxLength);
  const lost = lostTokens(context, kept);
  if (!lost) return [];
  return [
    {
      ...told(lost.count, trained, words.keptOfWhole(kept.end - kept.start, length)),
      place: context.place(lost, encoded.message[lost.start]),
      fix: settingFix(words.fixKeep(length), { maxLength: length }),
    },
  ];
}

/** The sequences of another strategy, with and without the limit. */
function inSequences(context: LintContext, maxLength: number, strategy: Strategy): Found[] {
  const { conversation, inspector, policy, settings } = context;
  const { truncation } = settings;
  const whole = inspector.divide(conversation, policy, { strategy }).sequences;
  const { sequences: cut, notes } = inspector.divide(conversation, policy, {
    strategy,
    maxLength,
    truncate: truncation,
  });
  const trained = targets(whole);
  const lost = trained - targets(cut);
  if (lost <= 0) return [];
  const longest = Math.max(...whole.map(({ sequence }) => sequence.ids.length));
  // The first message that a cut took something from, as the division tells.
  const gone = notes.find(
    ({ severity, sequence, message }) => severity === 'warning' && sequence !== undefined && message >= 0,
  )?.message;
  return [
    {
      ...told(lost, trained, words.keptOfLongest(whole.length, longest, maxLength)),
      ...(gone !== undefined && { place: { message: gone } }),
      fix: settingFix(words.fixKeep(longest), { maxLength: longest }),
    },
  ];
}

function told(lost: number, trained: number, sizes: string): Pick<Found, 'message' | 'severity'> {
  return lost === trained
    ? { severity: 'error', message: words.removesAll(sizes) }
    : {
        severity: 'warning',
        message: words.removesSome(lost, trained, sizes),
      };
}

const targets = (views: readonly SequenceView[]): number =>
  views.reduce(
    (sum, { sequence: { weights } }) => sum + weights.slice(1).filter((weight) => weight !== 0).length,
    0,
  );

/** The tokens of the whole conversation that the trainer keeps. */
function keptTokens(context: LintContext, maxLength: number): Stretch {
  const { conversation, encoded, rendered, settings, weights } = context;
  const { length } = encoded.ids;
  const how = settings.truncation ?? 'end';
  if (how === 'start') return { start: length - maxLength, end: length };
  if (how === 'end') return { start: 0, end: maxLength };
  const sequence = {
    ids: encoded.ids,
    weights,
    kind: encoded.kind,
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: conversation.id },
  };
  const cut = truncateView({ sequence, rendered, encoded, length }, conversation.messages, maxLength, how);
  return { start: 0, end: cut?.sequence.ids.length ?? 0 };
}

/** The trained tokens outside of what is kept: how many, and the stretch from the first to the last. */
function lostTokens({ weights }: LintContext, kept: Stretch) {
  let count = 0;
  let start = -1;
  let end = -1;
  for (let i = 1; i < weights.length; i++) {
    // The first token that is kept has nothing before it to be predicted from.
    if (weights[i] === 0 || (i > kept.start && i < kept.end)) continue;
    count++;
    if (start < 0) start = i;
    end = i + 1;
  }
  return count > 0 ? { count, start, end } : undefined;
}
