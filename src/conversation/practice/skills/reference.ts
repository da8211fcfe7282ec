/**
 * @file Skills of looking things up: dictionary, encyclopaedia.
 */
import { articleTopic, madeWord } from '../entities';
import type { Skill } from '../skill';

export const REFERENCE_SKILLS: readonly Skill[] = [
  {
    tool: 'define_word',
    topic: 'the meaning of words',
    draw: ({ random, entities }) => {
      const word = madeWord(random, entities);
      return { args: { word }, slots: { word } };
    },
    kind: 'query',
    what: 'the meaning of {word}',
    wording: {
      queries: ['the [meaning|definition|~sense] of [|the word ]{word}', 'a definition of {word}'],
      actions: ['[define|explain|~clarify] [|the word ]{word}', 'look up the word {word}'],
      own: [
        'What does [|the word ]{word} [mean|~stand for]?',
        'What is a {word}?',
        'I do not know the word {word}. [What does it mean?|Explain it.|~Help me.]',
        'What do people mean by {word}?',
        '~Which meaning has {word}?',
      ],
    },
    again: ['And {word}?', 'What about {word}?', 'And what is a {word}?', '~And the word {word}?'],
    answers: () => ['A {word} is {r_meaning}.', '{word} means {r_meaning}.'],
    failure: 'I could not find the word {word}.',
    stated: 'A {word} is {r_meaning}.',
    missing: {
      what: 'word',
      ask: {
        queries: ['the meaning of a word', 'a definition'],
        actions: ['explain a word'],
        own: ['What does it mean?', '~There is a word that I do not know.'],
      },
      back: ['Which word?', 'Which word do you mean?'],
      supply: ['{word}', 'The word {word}.', 'I mean {word}.', '~The word is {word}.'],
    },
  },
  {
    tool: 'search_articles',
    topic: 'articles',
    draw: ({ random, entities }) => {
      const query = articleTopic(random, entities);
      return { args: { query }, slots: { query } };
    },
    kind: 'query',
    what: 'the article on {query}',
    wording: {
      queries: [
        '[the|an] article [on|about] {query}',
        '[facts|something|~information] about {query}',
        '~the main facts about {query}',
      ],
      actions: [
        '[search|look] for {query}',
        'search the encyclopaedia for {query}',
        '[read up on|~explore] {query}',
      ],
      own: [
        'Where is {query}?',
        'What is {query}?',
        'What do you know about {query}?',
        'How [big|old|long|~large] is {query}?',
        'I [want|need] to learn about {query}.',
        'Tell me about {query}.',
        'Who knows something about {query}?',
        '~Can you say something about {query}?',
      ],
    },
    again: ['And {query}?', 'What about {query}?', '~And how about {query}?'],
    answers: () => ['{query}: {r_text}.', 'The article says: {query} is {r_text}.'],
    failure: 'I could not find an article on {query}.',
    stated: '{query}: {r_text}.',
    missing: {
      what: 'topic',
      ask: {
        queries: ['an article', 'something from the encyclopaedia'],
        actions: ['search the encyclopaedia'],
        own: ['I want to look something up.', '~I would like to read something.'],
      },
      back: ['About what?', 'What should I search for?'],
      supply: ['{query}', 'About {query}.', 'I mean {query}.', '~Try {query}.'],
    },
  },
];
