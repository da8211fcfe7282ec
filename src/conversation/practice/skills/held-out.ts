/**
 * @file Skills of the held-out tools. Their questions use the same frames as all others.
 */
import { cityName, clockTime, madeWord } from '../entities';
import type { Skill } from '../skill';

export const HELD_OUT_SKILLS: readonly Skill[] = [
  {
    tool: 'track_parcel',
    topic: 'parcels',
    draw: ({ random }) => {
      const code = `${random.pick(['P', 'Q', 'R', 'X'])}${random.int(1000, 9999)}`;
      return { args: { code }, slots: { code } };
    },
    kind: 'query',
    what: 'the parcel {code}',
    wording: {
      queries: ['the parcel {code}', 'the state of parcel {code}', '~the way of parcel {code}'],
      own: ['Where is parcel {code}?', 'When will parcel {code} come?', '~Has parcel {code} come?'],
    },
    again: ['And parcel {code}?', 'And {code}?'],
    answers: () => ['Parcel {code} is {r_state}: {r_days} days.'],
    failure: 'I could not find parcel {code}.',
    changing: true,
    stated: 'Parcel {code} is {r_state}: {r_days} days.',
    missing: {
      what: 'parcel',
      ask: { queries: ['the state of a parcel'], own: ['Where is my parcel?', '~Has my parcel come?'] },
      back: ['Which parcel?', 'Which parcel do you mean?'],
      supply: ['{code}', 'Parcel {code}.', '~{code}, of course.'],
    },
  },
  {
    tool: 'count_letters',
    topic: 'letters',
    draw: ({ random, entities }) => {
      const word = madeWord(random, entities);
      return { args: { word }, slots: { word } };
    },
    kind: 'query',
    what: 'the letters of {word}',
    wording: {
      queries: [
        'the number of letters in {word}',
        'the length of the word {word}',
        '~the letter count of {word}',
      ],
      actions: ['count the letters of {word}'],
      own: [
        'How many letters are in {word}?',
        'How long is the word {word}?',
        '~How many letters has {word}?',
      ],
    },
    again: ['And {word}?', 'And in {word}?'],
    answers: () => ['{word} has {r_letters} letters.'],
    failure: 'I could not count the letters of {word}.',
    stated: '{word} has {r_letters} letters.',
    missing: {
      what: 'word',
      ask: {
        actions: ['count the letters of a word'],
        own: ['How many letters has a word?', '~Letters are to be counted.'],
      },
      back: ['Which word?', 'Which word do you mean?'],
      supply: ['{word}', 'The word {word}.', '~{word}, of course.'],
    },
  },
  {
    tool: 'book_table',
    topic: 'restaurants',
    draw: ({ random, entities }) => {
      const restaurant = `${random.pick(['Cafe', 'Bistro', 'Hotel'])} ${cityName(random, entities)}`;
      const [people, time] = [random.int(2, 12), clockTime(random)];
      return { args: { restaurant, people, time }, slots: { restaurant, people: String(people), time } };
    },
    kind: 'action',
    what: 'book a table at {restaurant} for {people} at {time}',
    wording: {
      actions: [
        'book a table at {restaurant} for {people} at {time}',
        '[reserve|~get me] a table for {people} at {restaurant} at {time}',
      ],
      own: [
        'We are {people}. Is there a table at {restaurant} at {time}?',
        '~A table for {people} at {restaurant}, {time}.',
      ],
    },
    again: ['And at {restaurant} for {people} at {time}.'],
    answers: () => ['Table {r_table} at {restaurant} is yours for {people} at {time}.'],
    failure: 'I could not book a table at {restaurant}.',
    missing: {
      what: 'restaurant',
      ask: { actions: ['book a table'], own: ['We want to eat out.', '~A table, please.'] },
      back: ['Where, at what time, for how many?', 'Which restaurant, for how many, and when?'],
      supply: ['At {restaurant} for {people} at {time}.', '~{restaurant}, {people} of us, {time}.'],
    },
  },
];
