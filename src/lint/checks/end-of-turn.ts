/**
 * @file Turns whose text is trained and whose end is not.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import { IGNORED } from '../row-file';
import type { Found } from '../types';

const words = coreFindings['end-of-turn-untrained'];

export const endOfTurnUntrained: Check = {
  ...lintNamed('end-of-turn-untrained'),

  conversation(context) {
    const { messages, policy, weights } = context;
    const turns = turnsOf(context);
    const someEnd = turns.some(({ end }) => end && isTrained(weights, end.start, end.end));
    return turns.flatMap(({ message, last, end }): Found[] => {
      if (end) {
        if (isTrained(weights, end.start, end.end)) return [];
        const place = context.place(end, message);
        return [
          {
            // Some systems train the last end alone, by intention: the model does learn to stop.
            severity: someEnd ? 'info' : 'error',
            message: words.untrained(message, context.quote(place)),
            place,
            fix: policyFix(words.fix, {
              ...bySegments(policy),
              end: { train: true, weight: 1 },
              endOfTurn: 'each',
              ...rulesWithout(policy, 'end'),
            }),
          },
        ];
      }
      const unfinished = message === messages.length - 1 ? 'info' : 'warning';
      return [
        {
          severity: someEnd ? unfinished : 'error',
          message: words.notWritten(message),
          place: context.place({ start: last - 1, end: last }, message),
        },
      ];
    });
  },

  row({ inputIds, labels }, { inspector }) {
    if (!labels) return [];
    const ends = new Set(inspector.endOfTurnIds);
    const open = inputIds.flatMap((id, i) =>
      i > 1 && ends.has(id) && labels[i] === IGNORED && (labels[i - 1] ?? IGNORED) >= 0 ? [i] : [],
    );
    const [first] = open;
    if (first === undefined) return [];
    const some = inputIds.some((id, i) => ends.has(id) && (labels[i] ?? IGNORED) >= 0);
    return [
      {
        severity: some ? 'warning' : 'error',
        message: words.labelsStop(
          inspector.tokenizer.pieces([inputIds[first] ?? 0]).join(''),
          open.length,
          first,
        ),
        place: { field: 'labels', tokens: { start: first, end: first + 1 } },
        fix: {
          kind: 'row',
          title: words.fix,
          change: { labels: labels.map((label, i) => (open.includes(i) ? (inputIds[i] ?? label) : label)) },
        },
      },
    ];
  },
};

interface Turn {
  message: number;
  /** Token behind the last that is not the end of turn, and whether the run it closes is trained. */
  last: number;
  trained: boolean;
  end?: { start: number; end: number };
}

/** Messages that are trained up to where their end of turn should be. */
function turnsOf({ runs }: LintContext): Turn[] {
  const turns = new Map<number, Turn>();
  for (const run of runs) {
    if (!run.generated) continue;
    const { message } = run;
    const turn = turns.get(message) ?? { message, last: run.end, trained: false };
    if (run.kind === 'end') turn.end = run;
    else {
      turn.last = run.end;
      turn.trained = run.trained > 0;
    }
    turns.set(message, turn);
  }
  return [...turns.values()].filter(({ trained }) => trained);
}

const isTrained = (weights: Float32Array, start: number, end: number) =>
  weights.subarray(start, end).some((weight) => weight !== 0);
