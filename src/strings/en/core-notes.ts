/**
 * @file What rendering a conversation, dividing it into sequences and editing its mask by hand leave to be said, in words.
 * Messages are counted from 0 here, as files and the command line do; `numberedMessages` of `./numbers` tells the page where.
 *
 * Arguments that are texts are tokens or quotations of the data, and stand as they are, unless this table gave them.
 */

const all = (names: readonly string[]) => names.join(' and ');

/** Of a rendering; see `NoteCode` of `src/template/rendered.ts`. */
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

/** How the texts of two renderings differ. */
export const changeNotes = {
  own: 'the template’s own text',
  segment: (segment: string, message: number) => `${segment} of message ${message}`,
  segments: {
    system: 'content',
    tools: 'tools',
    user: 'content',
    header: 'header',
    think: 'thinking',
    call: 'call',
    answer: 'answer',
    result: 'result',
    end: 'end of turn',
    scaffold: 'text between segments',
  },
  changed: (what: string, to: string, from: string) => `${what} “${to}” for “${from}”`,
  leftOut: (what: string) => `${what} left out`,
  added: (what: string) => `${what} added`,
  list: (told: readonly string[], more: number) =>
    `${told.join(', ')}${more > 0 ? `, and ${more} more` : ''}`,
};

/** Of sequences. */
export const sequenceNotes = {
  refused: (why: string) => `No sequence ends at this message: ${why}`,
  forkRewritten: (changes: string) =>
    `A new sequence begins here: the template rewrites what came before (${changes}).`,
  forkToken: 'A new sequence begins here: a token reaches across the border of two messages.',
  forkText: 'A new sequence begins here: the text before it is another.',
  cutAll: 'The sequence is too long, and none of this message’s trained tokens is left in it.',
  cutSome: (left: number, trained: number) =>
    `The sequence is too long, and ${left} of this message’s ${trained} trained tokens are left in it.`,
  editWithoutEffect: (quotation: string) =>
    `The edit of “${quotation}” has no effect: no sequence of this strategy trains its message.`,
  editPartly: (quotation: string, held: number, wanted: number) =>
    `The edit of “${quotation}” holds in ${held} of the ${wanted} sequences that train its message: in the others the text before it is another.`,
  realigned:
    'Tokenized as a whole, a token would reach across the end of the prompt; it was taken apart there, as at inference.',
  merged:
    'A token reaches across the end of the prompt and cannot be taken apart, so the context is not quite that of inference.',
  rewritten:
    'The template does not write this message after its own generation prompt, so the context is the template’s and not that of inference.',
  noPrompt:
    'The template refuses to write the prompt of this message, so its context at inference is not known.',
};

/** How a trained message's context differs from the one at inference. */
export const contextNotes = {
  noPrompt:
    'The template refuses to write the prompt of this message, so its context at inference is not known.',
  cut: 'The beginning of the context is cut off.',
  otherMessage: (changes?: string) =>
    `It is trained with another text than the model writes at inference${changes ? `: ${changes}` : ''}.`,
  mergedTokens: 'A token reaches across the end of the prompt, where inference has a border between tokens.',
  otherPrompt: 'The template does not write this message after its own generation prompt.',
  rewritten: (changes?: string) =>
    `What stands before it is not what the model sees at inference${changes ? `: ${changes}` : ''}.`,
};

/** Of edits by hand. */
export const editNotes = {
  dropped: {
    message: (quotation: string) =>
      `The edit of a message (“${quotation}”) was dropped: the text up to there has changed.`,
    word: (quotation: string) =>
      `The edit of a word (“${quotation}”) was dropped: the text up to there has changed.`,
    tokens: (quotation: string) =>
      `The edit of tokens (“${quotation}”) was dropped: the text up to there has changed.`,
  },
};
