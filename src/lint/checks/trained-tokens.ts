/**
 * @file No trained token at all; and a mask by generation blocks on a template that has none.
 */
import { DEFAULT_POLICY, tokenWeights, trainedCount, type MaskPolicy } from '../../mask/policy';
import { markGenerationBlocks } from '../../template/generation-blocks';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { policyFix } from '../fixes';
import type { Fix } from '../types';

export const noTrainedTokens: Check = {
  ...lintNamed('no-trained-tokens'),

  conversation(context) {
    const { conversation, encoded, messages, trained } = context;
    // A prompt alone is for rollouts: there is nothing to train in it on purpose.
    if (trained > 0 || conversation.completionFrom === messages.length) return [];
    if (!messages.some(({ role }) => role === 'assistant')) {
      return [{ message: 'The conversation has no assistant message, so no token is trained.' }];
    }
    if (!encoded.generated.includes(1)) {
      const message =
        'The template writes no text of the assistant that can be traced, so no token is trained.';
      return [{ message }];
    }
    const said = messages.every(({ role, weight }) => role !== 'assistant' || weight === 0);
    const why = said
      ? 'every assistant message has weight 0'
      : 'the mask leaves out all that the assistant writes';
    return [{ message: `No token is trained: ${why}.`, fix: fixOf(context) }];
  },

  setup({ inspector, policy, settings }) {
    if (markGenerationBlocks(inspector.template.source) !== undefined) return [];
    if (settings.assistantOnlyLoss) {
      const message =
        'assistant_only_loss takes the mask from {% generation %} blocks, and the chat template has none.';
      return [{ message, place: { field: 'assistantOnlyLoss' } }];
    }
    if (policy.basis !== 'generation-blocks') return [];
    return [
      {
        severity: 'warning',
        message:
          'The mask follows {% generation %} blocks, and the chat template has none: a trainer that asks for them gets a mask of zeros.',
        fix: policyFix('Let the segments decide', { basis: 'segments' }),
      },
    ];
  },

  row({ labels }) {
    if (!labels || labels.some((label, i) => i > 0 && label >= 0)) return [];
    return [{ message: 'Every label of the row is ignored, so no token is trained.' }];
  },
};

/** The least change of the mask that trains something. */
function fixOf({ encoded, policy, conversation, rendered }: LintContext): Fix | undefined {
  const { think, call, answer, end } = DEFAULT_POLICY;
  const all: Partial<MaskPolicy> = { basis: 'segments', turns: 'all', think, call, answer, end };
  const changes: [string, Partial<MaskPolicy>][] = [
    ['Train all that the assistant writes', all],
    [
      'Train all that the assistant writes, whatever its messages’ weights',
      { ...all, messageFields: 'ignore' },
    ],
  ];
  const found = changes.find(
    ([, change]) => trainedCount(tokenWeights(encoded, { ...policy, ...change }, conversation, rendered)) > 0,
  );
  return found && policyFix(...found);
}
