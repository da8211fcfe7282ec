/**
 * @file What becomes of edits by hand when the text changes, in words. Quotations are of the data.
 */

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
