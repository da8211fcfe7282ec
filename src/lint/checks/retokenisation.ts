/**
 * @file Rollouts whose ids are not those that their text gives when it is tokenized again.
 */
import { coreFindings } from '$strings/core-findings';
import { LosslightError } from '../../errors';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { quoted, type Setup } from '../context';
import type { Rollout } from '../rollout-file';
import type { Found } from '../types';

const words = coreFindings['retokenisation-drift'];

export const retokenisationDrift: Check = {
  ...lintNamed('retokenisation-drift'),

  rollout(rollout, setup) {
    const { tokenizer } = setup.inspector;
    const { promptIds, completionIds, text } = rollout;
    const ids = [...promptIds, ...completionIds];
    const unknown = ids.findIndex((id) => id < 0 || id >= tokenizer.vocabularySize);
    if (unknown >= 0) {
      const message = words.otherModel(unknown, ids[unknown] ?? 0);
      return [{ severity: 'error', message, place: { tokens: { start: unknown, end: unknown + 1 } } }];
    }
    const prompt = tokenizer.decode(promptIds);
    const own = compare(
      ids,
      prompt + tokenizer.decode(completionIds),
      promptIds.length,
      setup,
      words.ownText,
    );
    // Where the ids do not survive their own text, the other comparisons would say the same again.
    if (own.length > 0) return own;
    return [
      ...(text === undefined ? [] : compare(ids, prompt + text, promptIds.length, setup, words.recordedText)),
      ...againstMessages(rollout, ids, setup),
    ];
  },
};

function againstMessages(
  { conversation, promptIds }: Rollout,
  ids: readonly number[],
  setup: Setup,
): Found[] {
  if (!conversation) return [];
  const { messages, tools, templateKwargs } = conversation;
  try {
    const text = setup.inspector.template.render(messages, { tools, templateKwargs });
    // Sampling stops at the end of turn; the template goes on with a line break, which nobody sampled.
    const white = /\s*$/.exec(text)?.[0] ?? '';
    const written = setup.inspector.tokenizer.decode(ids);
    const trimmed = written.endsWith(white) ? text : text.slice(0, text.length - white.length);
    return compare(ids, trimmed, promptIds.length, setup, words.templateText);
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    return [{ severity: 'error', message: words.refused(error.message) }];
  }
}

/** At most one finding: where the ids of `text` first differ from the recorded ones. */
function compare(
  ids: readonly number[],
  text: string,
  promptLength: number,
  { inspector: { tokenizer } }: Setup,
  what: string,
): Found[] {
  const again = tokenizer.encode(text).ids;
  let first = 0;
  while (first < ids.length && first < again.length && ids[first] === again[first]) first++;
  if (first === ids.length && first === again.length) return [];
  let same = 0;
  const most = Math.min(ids.length, again.length) - first;
  while (same < most && ids[ids.length - 1 - same] === again[again.length - 1 - same]) same++;
  const end = ids.length - same;
  const written = (list: Iterable<number>) =>
    quoted(tokenizer.pieces(list).slice(0, 12).join('|')) || words.nothing;
  const recorded = ids.slice(first, end);
  const other = again.slice(first, again.length - same);
  return [
    {
      message: words.drifts(what, {
        again: again.length,
        recorded: ids.length,
        first,
        inPrompt: first < promptLength,
        from: recorded.length ? written(recorded) : words.nothing,
        to: other.length ? written(other) : words.nothing,
      }),
      place: { tokens: { start: first, end: Math.max(end, first + 1) } },
    },
  ];
}
