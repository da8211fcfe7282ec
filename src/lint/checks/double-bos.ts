/**
 * @file Two tokens for the beginning of the text: the template’s own and the tokenizer’s, or one that the content spells.
 */
import { coreFindings } from '$strings/core-findings';
import type { Conversation, Message } from '../../conversation/types';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext, Setup } from '../context';
import { settingFix } from '../fixes';
import type { Fix, Found } from '../types';

const words = coreFindings['double-bos'];

export const doubleBos: Check = {
  ...lintNamed('double-bos'),

  conversation(context) {
    const { encoded, inspector, rendered, settings } = context;
    const bos = bosOf(context);
    if (bos === undefined || encoded.ids[0] !== bos) return [];
    const { bosToken } = inspector.tokenizer;
    if (encoded.ids[1] === bos) {
      const fix = withoutBos(context);
      return [
        {
          message: fix ? words.twiceByMessage(bosToken) : words.twice(bosToken),
          place: context.place({ start: 0, end: 2 }),
          fix,
          ...(!fix && { shared: true }),
        },
      ];
    }
    if (!settings.addSpecialTokens || !inspector.tokenizer.addsBos || !rendered.text.startsWith(bosToken))
      return [];
    return [
      {
        message: words.twiceByTokenizer(bosToken),
        place: context.place({ start: 0, end: 1 }),
        shared: true,
        fix: settingFix(words.fixTokenizer, { addSpecialTokens: false }),
      },
    ];
  },

  rollout: ({ promptIds, completionIds }, setup) => startsTwice([...promptIds, ...completionIds], setup),
  // Padding at the left may be BOS too.
  row: ({ inputIds, attentionMask }, setup) =>
    startsTwice(inputIds, setup, Math.max(0, attentionMask?.indexOf(1) ?? 0)),
};

function bosOf({ inspector }: Setup | LintContext): number | undefined {
  const { tokenizer } = inspector;
  return tokenizer.bosToken ? tokenizer.idOf(tokenizer.bosToken) : undefined;
}

function startsTwice(ids: readonly number[], setup: Setup, from = 0): Found[] {
  const bos = bosOf(setup);
  if (bos === undefined || ids[from] !== bos || ids[from + 1] !== bos) return [];
  const { bosToken } = setup.inspector.tokenizer;
  return [{ message: words.idsTwice(bosToken), place: { tokens: { start: from, end: from + 2 } } }];
}

/** The conversation whose first message does not begin with BOS; undefined where it does not. */
function withoutBos({ conversation, inspector }: LintContext): Fix | undefined {
  const { bosToken } = inspector.tokenizer;
  const [first, ...others] = conversation.messages;
  if (!first?.content.trimStart().startsWith(bosToken)) return undefined;
  let content = first.content.trimStart();
  while (content.startsWith(bosToken)) content = content.slice(bosToken.length);
  const { detail: _, ...rest } = first;
  const messages: Message[] = [{ ...rest, content }, ...others];
  const fixed: Conversation = { ...conversation, messages };
  return { kind: 'conversation', title: words.fixMessage(bosToken), conversation: fixed };
}
