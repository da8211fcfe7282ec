/**
 * @file What the page says of rewards: composing them, the own function, trying them, thumbs and stars. The rewards’ own names and
 * sentences are in src/reward.
 */
import { decimal, plural } from './numbers';

export const rewards = {
  title: 'Rewards',
  about:
    'A completion gets the sum of weight × score. Where one part cannot be told, the completion is left out and counted; it never gets 0 for that.',
  addLabel: 'Add a reward',
  add: 'Add',
  problem: 'The rewards ran into a problem',
  files: {
    label: 'Files of the rewards',
    save: 'Save rewards as JSON',
    open: 'Open rewards…',
  },
  part: {
    weight: 'Weight',
    /** Read out behind it. */
    of: (reward: string) => ` of ${reward}`,
    remove: 'Remove',
    removeWhat: (reward: string) => ` ${reward}`,
    own: 'JavaScript of your own: what the function “reward” returns is the score.',
    needsExpected: 'Where a record does not say what is right, its recorded reaction is taken for right.',
    options: 'Options',
    optionsWrong: 'Options (one needs correcting)',
    optionsChanged: (changed: number) => `Options (${changed} changed)`,
  },
  /** What is wrong with what was typed. */
  wrong: {
    weight: 'The weight must be a number, such as 1 or −0.5.',
    weightRange: 'The weight must be between −1000 and 1000.',
    option: (option: string) => `${option} must be a number.`,
    optionRange: (option: string, least: number, most: number) =>
      `${option} must be between ${least} and ${most}.`,
    none: 'Nothing is rewarded yet; add a reward.',
    one: 'A reward needs correcting.',
    emptyCode: 'Your own function is empty; write it, or choose an example.',
    told: (message: string, remedy: string) => `${message} ${remedy}`,
  },
  trial: {
    button: 'Try it',
    noConversation: 'Choose a conversation in Data to try the rewards on what it records.',
    wrongFirst: 'What is wrong above comes first.',
    trying: 'Trying…',
    noReaction: 'This conversation records no reaction to a user’s message.',
    done: (reactions: number) => `${plural(reactions, 'recorded reaction')} rewarded.`,
    doneBut: (reactions: number, left: number) =>
      `${plural(reactions, 'recorded reaction')} rewarded; ${left} of them would be left out.`,
    table: 'Rewards of the recorded reactions',
    message: 'User’s message',
    total: 'Total',
    absent: '–',
    leftOut: (problem: string) => `Left out. ${problem}`,
    atLine: (problem: string, line: number) => `${problem} Line ${line}.`,
    console: 'Written to the console:',
  },
  code: {
    example: 'Example',
    own: 'Your own text',
    kept: 'Choosing an example keeps your own text for as long as this page is open.',
    label: 'Function (JavaScript)',
    where: 'Where this code runs, and what it is given',
    sandbox:
      'In a worker inside a sandboxed frame of its own, without this page, the network, storage or other workers. A call that takes longer than a second is stopped, and the run goes on without that completion. Memory is limited only by that second and by the browser.',
    /** Words of code and of prose, in turns. */
    given: [
      { code: 'conversation' },
      { text: ': ' },
      { code: 'messages' },
      { text: ' up to the user’s. ' },
      { code: 'completion' },
      { text: ': ' },
      { code: 'text' },
      { text: ', ' },
      { code: 'answer' },
      { text: ', ' },
      { code: 'messages' },
      { text: ', ' },
      { code: 'tokens' },
      { text: ', ' },
      { code: 'thinkTokens' },
      { text: ', ' },
      { code: 'ended' },
      { text: ', ' },
      { code: 'wellFormed' },
      { text: '. ' },
      { code: 'toolCalls' },
      { text: ' and ' },
      { code: 'tools' },
      { text: ': lists with ' },
      { code: 'name' },
      { text: ', and ' },
      { code: 'arguments' },
      { text: ' or ' },
      { code: 'parameters' },
      { text: '. ' },
      { code: 'expected' },
      { text: ': ' },
      { code: 'decision' },
      { text: ' (call, answer, ask or decline), ' },
      { code: 'calls' },
      { text: ' and ' },
      { code: 'states' },
      { text: ', or null.' },
    ],
    returns: [
      {
        text: 'It returns a finite number, or a promise of one. Anything else leaves the completion out. Do not keep anything between calls: it starts afresh with each batch. ',
      },
      { code: 'Math.random' },
      { text: ' is seeded; ' },
      { code: 'console.log' },
      { text: ' shows under Try it.' },
    ],
  },
  buttons: {
    good: 'Good: reward 1',
    bad: 'Bad: reward 0',
    stars: (stars: number, of: number, reward: number) =>
      `${stars} of ${of} stars: reward ${decimal(reward)}`,
  },
};
