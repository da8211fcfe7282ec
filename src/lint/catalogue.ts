/**
 * @file What a page and a report say of each lint, in the order in which they are listed. The code that looks for them is in
 * `checks/`: it needs templates and tokenizers, and whoever shows a finding does not.
 */
import { coreLints as words } from '$strings/core-lints';
import type { Lint } from './types';

const CATALOGUE = [
  {
    id: 'no-trained-tokens',
    ...words['no-trained-tokens'],
    severity: 'error',
    sources: ['transformers#34172'],
  },
  {
    id: 'truncated-targets',
    ...words['truncated-targets'],
    severity: 'error',
    sources: ['trl#3927', 'transformers#34494'],
  },
  {
    id: 'mask-to-the-end',
    ...words['mask-to-the-end'],
    severity: 'warning',
    sources: ['transformers#47325'],
  },
  {
    id: 'end-of-turn-untrained',
    ...words['end-of-turn-untrained'],
    severity: 'error',
    sources: ['axolotl#3754', 'trl#5988'],
  },
  {
    id: 'pad-is-eos',
    ...words['pad-is-eos'],
    severity: 'warning',
    sources: ['unsloth#416'],
  },
  {
    id: 'double-bos',
    ...words['double-bos'],
    severity: 'warning',
    sources: ['OpenRLHF#393'],
  },
  {
    id: 'prompt-no-prefix',
    ...words['prompt-no-prefix'],
    severity: 'warning',
    sources: ['trl#5213', 'trl#598'],
  },
  {
    id: 'response-markers',
    ...words['response-markers'],
    severity: 'error',
    sources: ['unsloth#2900'],
  },
  {
    id: 'earlier-thinking-stripped',
    ...words['earlier-thinking-stripped'],
    severity: 'warning',
    sources: ['ms-swift#4939'],
  },
  {
    id: 'empty-think-trained',
    ...words['empty-think-trained'],
    severity: 'warning',
    sources: ['ms-swift#5927'],
  },
  {
    id: 'tool-output-trained',
    ...words['tool-output-trained'],
    severity: 'warning',
    sources: ['ARPO#9'],
  },
  {
    id: 'tools-not-rendered',
    ...words['tools-not-rendered'],
    severity: 'warning',
    sources: ['slime#1008'],
  },
  {
    id: 'think-tags',
    ...words['think-tags'],
    severity: 'warning',
    sources: ['ms-swift#9427'],
  },
  {
    id: 'retokenisation-drift',
    ...words['retokenisation-drift'],
    severity: 'warning',
    sources: ['trl#5224'],
  },
  {
    id: 'packed-documents',
    ...words['packed-documents'],
    severity: 'error',
    sources: ['transformers#46634'],
  },
  {
    id: 'micro-batch-mean',
    ...words['micro-batch-mean'],
    severity: 'warning',
    sources: ['transformers#34191'],
  },
  {
    id: 'header-trained',
    ...words['header-trained'],
    severity: 'warning',
    sources: ['trl#5721'],
  },
  {
    id: 'control-token-in-content',
    ...words['control-token-in-content'],
    severity: 'error',
    sources: [],
  },
] as const satisfies readonly Lint[];

export type LintId = (typeof CATALOGUE)[number]['id'];

export const LINTS: readonly Lint[] = CATALOGUE;

/** A lint by its id; undefined where there is none. */
export function lintNamed(id: LintId): Lint;
export function lintNamed(id: string): Lint | undefined;
export function lintNamed(id: string): Lint | undefined {
  return LINTS.find((lint) => lint.id === id);
}
