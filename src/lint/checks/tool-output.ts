/**
 * @file Results of tools, in the loss.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { bySegments, policyFix, rulesWithout } from '../fixes';

const words = coreFindings['tool-output-trained'];

export const toolOutputTrained: Check = {
  ...lintNamed('tool-output-trained'),

  conversation(context) {
    const { policy, runs } = context;
    return runs
      .filter(({ kind, trained }) => kind === 'result' && trained > 0)
      .map((run) => ({
        message: words.trained(run.trained, run.message),
        place: context.place(run, run.message),
        fix: policyFix(words.fix, {
          ...bySegments(policy),
          roles: { ...policy.roles, tool: 0 },
          ...rulesWithout(policy, 'result'),
        }),
      }));
  },
};
