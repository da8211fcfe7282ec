/**
 * @file Lints in words, by id: what each is called, and why it matters. `src/lint/catalogue.ts` has how severe each is.
 */

export const coreLints = {
  'no-trained-tokens': {
    title: 'No trained token',
    why: 'A sequence without a trained token teaches nothing, and a batch of them has a loss of 0/0.',
  },
  'truncated-targets': {
    title: 'Truncation removes targets',
    why: 'Where a sequence is cut before its trained tokens, it costs time and teaches nothing; where it is cut within a turn, the model never sees how the turn ends.',
  },
  'mask-to-the-end': {
    title: 'The mask runs to the end',
    why: 'A mask that is opened at an answer and never closed trains the model to write the user’s turns and the padding too.',
  },
  'end-of-turn-untrained': {
    title: 'The end of turn is not trained',
    why: 'A model that is never trained to write the end-of-turn token talks until it is cut off.',
  },
  'pad-is-eos': {
    title: 'Padding is the end of turn',
    why: 'Where padding is masked by its id and is the end-of-turn token, every end of turn is masked with it, and the model never stops.',
  },
  'double-bos': {
    title: 'Two BOS tokens',
    why: 'Pretraining never shows two BOS tokens in a row, so everything after them is read in a context that the model does not know.',
  },
  'prompt-no-prefix': {
    title: 'The prompt is not a prefix',
    why: 'Training then shows the model a context that it never has at inference, so what it learns may not show when it is used.',
  },
  'response-markers': {
    title: 'Response markers do not fit the template',
    why: 'A trainer that looks for a marker which is not there masks everything, or takes the user’s text for the answer.',
  },
  'earlier-thinking-stripped': {
    title: 'Thinking is left out',
    why: 'A turn whose thinking the template strips is trained as if it had been given without thinking, and the model learns to skip it.',
  },
  'empty-think-trained': {
    title: 'An empty think block is trained',
    why: 'Each empty block in the loss teaches the model to answer without thinking, also where it should think.',
  },
  'tool-output-trained': {
    title: 'Tool output is trained',
    why: 'A model that is trained on results of tools learns to make them up instead of waiting for them.',
  },
  'tools-not-rendered': {
    title: 'Tool schemas are not in the text',
    why: 'A model that does not see which tools there are learns the calls by heart, and calls the same tools whatever it is offered.',
  },
  'think-tags': {
    title: 'Repeated or unclosed thinking',
    why: 'A model trained on thinking that begins twice or never ends repeats the tags, or never comes to its answer.',
  },
  'retokenisation-drift': {
    title: 'Rollouts tokenize differently',
    why: 'A trainer that tokenizes a rollout’s text again scores tokens that the model did not sample, so ratios and advantages belong to other tokens: keep the recorded ids.',
  },
  'packed-documents': {
    title: 'Packed documents see each other',
    why: 'Without borders in the attention, a conversation is trained on the unrelated ones that happen to stand before it in the row.',
  },
  'micro-batch-mean': {
    title: 'Mean of micro-batch means',
    why: 'A mean taken for each micro-batch or sequence gives a token of a short answer more weight than one of a long answer, so the mask is not the mask that is trained.',
  },
  'header-trained': {
    title: 'The header is trained',
    why: 'At inference the generation prompt writes the header, so training it spends loss on tokens that the model never has to write.',
  },
  'control-token-in-content': {
    title: 'Content holds control tokens',
    why: 'The tokenizer makes real control tokens of them: a turn ends in the middle of a text, or somebody speaks in another’s name.',
  },
};
