/**
 * @file What a page and a report say of each lint, in the order in which they are listed. The code that looks for them is in
 * `checks/`: it needs templates and tokenizers, and whoever shows a finding does not.
 */
import type { Lint } from './types';

const CATALOGUE = [
  {
    id: 'no-trained-tokens',
    title: 'No trained token',
    severity: 'error',
    why: 'A sequence without a trained token teaches nothing, and a batch of them has a loss of 0/0.',
    sources: ['transformers#34172'],
  },
  {
    id: 'truncated-targets',
    title: 'Truncation removes targets',
    severity: 'error',
    why: 'Where a sequence is cut before its trained tokens, it costs time and teaches nothing; where it is cut within a turn, the model never sees how the turn ends.',
    sources: ['trl#3927', 'transformers#34494'],
  },
  {
    id: 'mask-to-the-end',
    title: 'The mask runs to the end',
    severity: 'warning',
    why: 'A mask that is opened at an answer and never closed trains the model to write the user’s turns and the padding too.',
    sources: ['transformers#47325'],
  },
  {
    id: 'end-of-turn-untrained',
    title: 'The end of turn is not trained',
    severity: 'error',
    why: 'A model that is never trained to write the end-of-turn token talks until it is cut off.',
    sources: ['axolotl#3754', 'trl#5988'],
  },
  {
    id: 'pad-is-eos',
    title: 'Padding is the end of turn',
    severity: 'warning',
    why: 'Where padding is masked by its id and is the end-of-turn token, every end of turn is masked with it, and the model never stops.',
    sources: ['unsloth#416'],
  },
  {
    id: 'double-bos',
    title: 'Two BOS tokens',
    severity: 'warning',
    why: 'Pretraining never shows two BOS tokens in a row, so everything after them is read in a context that the model does not know.',
    sources: ['OpenRLHF#393'],
  },
  {
    id: 'prompt-no-prefix',
    title: 'The prompt is not a prefix',
    severity: 'warning',
    why: 'Training then shows the model a context that it never has at inference, so what it learns may not show when it is used.',
    sources: ['trl#5213', 'trl#598'],
  },
  {
    id: 'response-markers',
    title: 'Response markers do not fit the template',
    severity: 'error',
    why: 'A trainer that looks for a marker which is not there masks everything, or takes the user’s text for the answer.',
    sources: ['unsloth#2900'],
  },
  {
    id: 'earlier-thinking-stripped',
    title: 'Thinking is left out',
    severity: 'warning',
    why: 'A turn whose thinking the template strips is trained as if it had been given without thinking, and the model learns to skip it.',
    sources: ['ms-swift#4939'],
  },
  {
    id: 'empty-think-trained',
    title: 'An empty think block is trained',
    severity: 'warning',
    why: 'Each empty block in the loss teaches the model to answer without thinking, also where it should think.',
    sources: ['ms-swift#5927'],
  },
  {
    id: 'tool-output-trained',
    title: 'Tool output is trained',
    severity: 'warning',
    why: 'A model that is trained on results of tools learns to make them up instead of waiting for them.',
    sources: ['ARPO#9'],
  },
  {
    id: 'tools-not-rendered',
    title: 'Tool schemas are not in the text',
    severity: 'warning',
    why: 'A model that does not see which tools there are learns the calls by heart, and calls the same tools whatever it is offered.',
    sources: ['slime#1008'],
  },
  {
    id: 'think-tags',
    title: 'Repeated or unclosed thinking',
    severity: 'warning',
    why: 'A model trained on thinking that begins twice or never ends repeats the tags, or never comes to its answer.',
    sources: ['ms-swift#9427'],
  },
  {
    id: 'retokenisation-drift',
    title: 'Rollouts tokenize differently',
    severity: 'warning',
    why: 'A trainer that tokenizes a rollout’s text again scores tokens that the model did not sample, so ratios and advantages belong to other tokens: keep the recorded ids.',
    sources: ['trl#5224'],
  },
  {
    id: 'packed-documents',
    title: 'Packed documents see each other',
    severity: 'error',
    why: 'Without borders in the attention, a conversation is trained on the unrelated ones that happen to stand before it in the row.',
    sources: ['transformers#46634'],
  },
  {
    id: 'micro-batch-mean',
    title: 'Mean of micro-batch means',
    severity: 'warning',
    why: 'A mean taken for each micro-batch or sequence gives a token of a short answer more weight than one of a long answer, so the mask is not the mask that is trained.',
    sources: ['transformers#34191'],
  },
  {
    id: 'header-trained',
    title: 'The header is trained',
    severity: 'warning',
    why: 'At inference the generation prompt writes the header, so training it spends loss on tokens that the model never has to write.',
    sources: ['trl#5721'],
  },
  {
    id: 'control-token-in-content',
    title: 'Content holds control tokens',
    severity: 'error',
    why: 'The tokenizer makes real control tokens of them: a turn ends in the middle of a text, or somebody speaks in another’s name.',
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
