/**
 * @file Think blocks without a word, in the loss.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import type { Stretch } from '../types';

const words = coreFindings['empty-think-trained'];

/** As templates write it before an answer that had no thinking. */
const EMPTY = /<think>\s*<\/think>/y;

export const emptyThinkTrained: Check = {
  ...lintNamed('empty-think-trained'),

  conversation(context) {
    const { messages, policy, rendered, runs, weights } = context;
    const found: { message: number; tokens: Stretch }[] = [];
    let speaking = -1;
    for (const run of runs) {
      if (!run.generated) continue;
      const { message } = run;
      const opens = message !== speaking;
      speaking = message;
      if (run.kind === 'think') {
        if (run.trained > 0 && !messages[message]?.reasoning?.trim()) found.push({ message, tokens: run });
      } else if (opens && run.trained > 0) {
        const place = context.place(run);
        EMPTY.lastIndex = place.characters?.start ?? 0;
        const match = EMPTY.exec(rendered.text);
        if (!match) continue;
        const { tokens } = context.placeOf({
          start: EMPTY.lastIndex - match[0].length,
          end: EMPTY.lastIndex,
        });
        const trained = tokens && weights.subarray(tokens.start, tokens.end).some((weight) => weight !== 0);
        if (tokens && trained) found.push({ message, tokens });
      }
    }
    return found.map(({ message, tokens }) => ({
      message: words.trained(message),
      place: context.place(tokens, message),
      fix: policyFix(words.fix, {
        ...bySegments(policy),
        emptyThink: 'mask' as const,
        ...rulesWithout(policy, 'think'),
      }),
    }));
  },
};
