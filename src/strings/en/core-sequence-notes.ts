/**
 * @file What dividing a conversation into sequences leaves to be said, in words. Quotations are of the data.
 */

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
    `The edit of “${quotation}” holds in ${held} of the ${wanted} sequences that train its message: in the others its text is another.`,
  realigned:
    'Tokenized as a whole, a token would reach across the end of the prompt; it was taken apart there, as at inference.',
  merged:
    'A token reaches across the end of the prompt and cannot be taken apart, so the context is not quite that of inference.',
  rewritten:
    'The template does not write this message after its own generation prompt, so the context is the template’s and not that of inference.',
  noPrompt:
    'The template refuses to write the prompt of this message, so its context at inference is not known.',
};
