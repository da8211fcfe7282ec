/**
 * @file Skills of a desk: contacts, notes, stock.
 */
import { itemName, personName, taskText } from '../entities';
import type { Skill } from '../skill';

export const DESK_SKILLS: readonly Skill[] = [
  {
    tool: 'find_contact',
    topic: 'phone numbers',
    draw: ({ random, entities }) => {
      const name = personName(random, entities);
      return { args: { name }, slots: { name } };
    },
    kind: 'query',
    what: 'the number of {name}',
    wording: {
      queries: [
        "{name}'s [phone number|number|phone|~telephone number]",
        'the [phone number|number] of {name}',
        'the number for {name}',
        'a number [for|to reach] {name}',
      ],
      own: [
        'How can I [call|reach|phone|~ring] {name}?',
        'I [need|want|have|~ought] to [call|reach|phone] {name}.',
        'Look up {name} for me.',
        'Can you look up {name}?',
        'Find {name} in my contacts.',
        'Do you have a phone number for {name}?',
        'Which number does {name} have?',
        'What number do I call for {name}?',
        '~Under which number is {name}?',
      ],
    },
    again: [
      'And {name}?',
      'What about {name}?',
      'And the [one|number] of {name}?',
      "And {name}'s?",
      '~And how about {name}?',
    ],
    answers: () => [
      "{name}'s number is {r_phone}.",
      'You can call {name} at {r_phone}.',
      'The number of {name} is {r_phone}.',
    ],
    failure: 'I could not find {name}.',
    stated: "{name}'s number is {r_phone}.",
    missing: {
      what: 'name',
      ask: {
        queries: ['a [phone number|number|contact]'],
        own: ['I need to call somebody.', 'Look somebody up for me.', '~Somebody must be called.'],
      },
      back: ['Whose number do you need?', 'Of which person?'],
      supply: ['{name}', 'Of {name}.', 'I mean {name}.', "{name}'s.", '~{name}, of course.'],
    },
  },
  {
    tool: 'save_note',
    topic: 'notes',
    draw: ({ random, entities }) => {
      const text = taskText(random, entities);
      return { args: { text }, slots: { text } };
    },
    kind: 'action',
    what: 'save the note: {text}',
    wording: {
      actions: [
        '[save|take|make|write] a note: {text}',
        '[write down|note down|note|~jot down]: {text}',
        'save this note: {text}',
        'put this into my notes: {text}',
      ],
      own: [
        'Note: {text}',
        'Note to self: {text}',
        'New note: {text}.',
        'I must not forget: {text}. Save it.',
        '~A note for later: {text}.',
      ],
    },
    again: ['Another note: {text}', 'And this one: {text}', '~Then this: {text}'],
    answers: () => ['Saved as note {r_number}: {text}.', 'Note {r_number} is saved: {text}.'],
    failure: 'I could not save the note.',
    missing: {
      what: 'text',
      ask: {
        actions: ['[save|take|make|write] a note', '~note something'],
        own: ['There is something to note.', 'A note, please.', '~Get ready for a note.'],
      },
      back: ['What should I write?', 'What should the note say?'],
      supply: ['{text}', 'Write: {text}', 'It says: {text}', '~Just this: {text}'],
    },
  },
  {
    tool: 'read_note',
    topic: 'notes',
    draw: ({ random }) => {
      const number = random.int(1, 60);
      return { args: { number }, slots: { number: String(number) } };
    },
    kind: 'query',
    what: 'note {number}',
    wording: {
      queries: [
        'note {number}',
        'my note {number}',
        'note number {number}',
        'the text of note {number}',
        '~the content of note {number}',
      ],
      actions: ['[read|open|show|~load] [|my ]note [|number ]{number}'],
      own: [
        'What does note {number} say?',
        'What [is in|stands in|did I write in|~have I put into] note {number}?',
        '~Note {number}, what was that?',
      ],
    },
    again: ['And note {number}?', 'And number {number}?', 'What about note {number}?', '~And {number}?'],
    answers: () => ['Note {number} says: {r_text}.', 'Note {number}: {r_text}.'],
    failure: 'I could not find note {number}.',
    stated: 'Note {number} says: {r_text}.',
    missing: {
      what: 'number',
      ask: {
        queries: ['[a|one|~some] note of mine'],
        actions: ['[read|open] a note'],
        own: ['I want to see a note.', '~One of my notes, please.'],
      },
      back: ['Which note?', 'What is the number of the note?'],
      supply: ['{number}', 'Note {number}.', 'Number {number}.', '~I mean {number}.'],
    },
  },
  {
    tool: 'check_stock',
    changing: true,
    topic: 'the stock',
    draw: ({ random, entities }) => {
      const item = itemName(random, entities);
      return { args: { item }, slots: { item } };
    },
    kind: 'query',
    what: 'the stock of {item}',
    wording: {
      queries: [
        'the [stock|number|count] of the {item}',
        'the stock of {item}',
        'the stock for the {item}',
        '~the amount of {item} we have',
      ],
      actions: [
        '[check|count|~review] the stock of the {item}',
        'check if the {item} is in stock',
        'see if we have the {item}',
      ],
      own: [
        'How many of the {item} [do we have|are there|are left|are in stock|~can we sell]?',
        'Is the {item} [in stock|sold out|~there]?',
        '[Do we|Do you] have [a|the|any] {item}?',
        'I want to buy [a|the] {item}. Is there one left?',
        'Is there [a|any] {item} left?',
        'Are we out of the {item}?',
        'A customer [wants|asks for|~looks for] the {item}. Do we have it?',
        '~Have we got the {item}?',
      ],
    },
    again: ['And the {item}?', 'What about the {item}?', 'And of the {item}?', '~And how about the {item}?'],
    answers: ({ count }) =>
      count === 0
        ? ['The {item} is out of stock.', 'We have no {item}: it is out of stock.']
        : [
            'We have {r_count} of the {item}.',
            'The {item}: {r_count} in stock.',
            'There are {r_count} of the {item}.',
          ],
    failure: 'I could not check the stock of {item}.',
    stated: 'The {item}: {r_count} in stock.',
    missing: {
      what: 'item',
      ask: {
        queries: ['the stock'],
        actions: ['check the [stock|inventory]'],
        own: ['Is it in stock?', 'How many are left?', 'Do we have it?', '~Is it sold out?'],
      },
      back: ['Which item do you mean?', 'Of which item?', 'Which item?'],
      supply: [
        'The {item}.',
        'the {item}',
        'Of the {item}.',
        'I mean the {item}.',
        '~The {item}, of course.',
      ],
    },
  },
];
