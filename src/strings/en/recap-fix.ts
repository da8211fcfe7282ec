/**
 * @file What is said where the line of a chat’s page, such as “Thought for 5 seconds”, is taken from answers.
 */
import { plural } from './numbers';

export const recapFix = {
  fix: (answers: number) =>
    answers === 1 ? 'Remove that line' : `Remove that line from ${plural(answers, 'answer')}`,
  /** Of answers that would be empty without it. */
  alone: (answers: number) =>
    `${plural(answers, 'answer')} ${answers === 1 ? 'is' : 'are'} nothing but that line: write ${answers === 1 ? 'it' : 'them'} anew, or leave ${answers === 1 ? 'it' : 'them'} out.`,
  gone: 'No conversation of the list has such a line any more.',
  /** What was done to the list, as the object of “Undo: …”. */
  step: 'removal of those lines',
};
