/**
 * @file The words of a lesson's file as the page begins one for its author, who replaces them. Names in braces are figures and stay.
 */

export const skeleton = {
  title: 'Title of the lesson',
  summary: 'One sentence: what one will see.',
  example: { question: 'What day follows Thursday?', answer: 'Friday.' },
  look: { title: 'Look first', text: 'Say what to look at. Of {tokens} tokens, {trained} are trained.' },
  train: {
    title: 'Train',
    text: 'Say what to expect, and why.',
    met: 'The loss fell from {loss.first} to {loss.last}.',
    unmet: 'The loss did not fall: {loss.first} at first, {loss.last} at the end.',
  },
};
