/**
 * @file What rendering a conversation leaves to be said, in words; see `NoteCode` of `src/template/rendered.ts`.
 * Texts among the arguments are tokens or quotations of the data, and stand as they are, unless this table gave them.
 */

const all = (names: readonly string[]) => names.join(' and ');

export const renderingNotes = {
  rewrittenHistory:
    'At inference another history stands before this turn: once a later user message follows, the template rewrites what came before.',
  otherBegin: (fields: number, prefixes: number) =>
    `Witnesses disagree: by its fields this turn begins at character ${fields}, by prefix rendering at ${prefixes}.`,
  otherEnd: (fields: number, prefixes: number) =>
    `Witnesses disagree: by its fields this turn ends at character ${fields}, by prefix rendering at ${prefixes}.`,
  unwitnessed:
    'The template is too slow to be rendered for every prefix, so not every turn was checked a second time.',
  guessedHeader:
    'The header of this turn is not the template’s generation prompt, so where generation begins is a guess.',
  untracedWithBorders: (field: string) =>
    `The template changes this message’s ${field} in a way that cannot be traced. Where the turn begins and ends is known from prefix rendering; what in it is thinking, call or answer is a guess.`,
  untraced: (field: string) =>
    `The template changes this message’s ${field} in a way that cannot be traced, so its tokens are not trained.`,
  thinkingLeftOut: 'The template leaves the thinking of this turn out of the text, so it is not trained.',
  leftOut: (field: string) => `The template leaves this message’s ${field} out of the text.`,
  controlToken: (tokens: readonly string[], field: string) =>
    `${all(tokens)} ${tokens.length > 1 ? 'are' : 'is'} written in this message’s ${field}: the tokenizer makes the real control token of it.`,
  blockExceeds: (quotation: string) =>
    `The template’s generation block holds text that the model does not write: ${quotation}.`,
  blockLacks: (quotation: string) =>
    `The template’s generation block leaves out text that the model writes: ${quotation}.`,
  /** Fields of a message; calls are counted from 1. */
  fields: { reasoning: 'thinking', tools: 'tools', content: 'content' },
  call: (number: number) => `call ${number}`,
};
