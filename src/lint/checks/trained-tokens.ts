/**
 * @file No trained token at all; and a mask by generation blocks on a template that has none.
 */
import { coreFindings } from '$strings/core-findings';
import { DEFAULT_POLICY, tokenWeights, trainedCount, type MaskPolicy } from '../../mask/policy';
import { markGenerationBlocks } from '../../template/generation-blocks';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { policyFix } from '../fixes';
import type { Fix } from '../types';

const words = coreFindings['no-trained-tokens'];

export const noTrainedTokens: Check = {
  ...lintNamed('no-trained-tokens'),

  conversation(context) {
    const { conversation, encoded, messages, trained } = context;
    // A prompt alone is for rollouts: there is nothing to train in it on purpose.
    if (trained > 0 || conversation.completionFrom === messages.length) return [];
    if (!messages.some(({ role }) => role === 'assistant')) {
      return [{ message: words.noAssistant }];
    }
    if (!encoded.generated.includes(1)) {
      return [{ message: words.untraced }];
    }
    const said = messages.every(({ role, weight }) => role !== 'assistant' || weight === 0);
    return [{ message: said ? words.weightsZero : words.maskedOut, fix: fixOf(context) }];
  },

  setup({ inspector, policy, settings }) {
    if (markGenerationBlocks(inspector.template.source) !== undefined) return [];
    if (settings.assistantOnlyLoss) {
      return [{ message: words.noBlocksAskedFor, place: { field: 'assistantOnlyLoss' } }];
    }
    if (policy.basis !== 'generation-blocks') return [];
    return [
      {
        severity: 'warning',
        message: words.noBlocks,
        fix: policyFix(words.fixSegments, { basis: 'segments' }),
      },
    ];
  },

  row({ labels }) {
    if (!labels || labels.some((label, i) => i > 0 && label >= 0)) return [];
    return [{ message: words.allIgnored }];
  },
};

/** The least change of the mask that trains something. */
function fixOf({ encoded, policy, conversation, rendered }: LintContext): Fix | undefined {
  const { think, call, answer, end } = DEFAULT_POLICY;
  const all: Partial<MaskPolicy> = { basis: 'segments', turns: 'all', think, call, answer, end };
  const changes: [string, Partial<MaskPolicy>][] = [
    [words.fixAll, all],
    [words.fixAllWhateverWeights, { ...all, messageFields: 'ignore' }],
  ];
  const found = changes.find(
    ([, change]) => trainedCount(tokenWeights(encoded, { ...policy, ...change }, conversation, rendered)) > 0,
  );
  return found && policyFix(...found);
}
