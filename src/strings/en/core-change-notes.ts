/**
 * @file How the texts of two renderings differ, in words. Messages are counted from where `./numbers` says.
 */
import { messageNumber } from './numbers';

export const changeNotes = {
  own: 'the template’s own text',
  segment: (segment: string, message: number) => `${segment} of message ${messageNumber(message)}`,
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
