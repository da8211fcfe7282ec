/**
 * @file How a trained message’s context differs from the one at inference, in words.
 */

export const contextNotes = {
  noPrompt:
    'The template refuses to write the prompt of this message, so its context at inference is not known.',
  cut: 'The beginning of the context is cut off.',
  otherMessage: (changes?: string) =>
    `It is trained with another text than the model writes at inference${changes ? `: ${changes}` : ''}.`,
  mergedTokens: 'A token reaches across the end of the prompt, where inference has a border between tokens.',
  otherPrompt: 'The template does not write this message after its own generation prompt.',
  rewritten: (changes?: string) =>
    `What stands before its trained tokens is not what the model sees at inference${changes ? `: ${changes}` : ''}.`,
};
