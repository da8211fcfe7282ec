/**
 * @file Facts of the practice world: small ones that a conversation states, and a little general knowledge.
 */
import type { Scene } from './intent';
import { cityName, looseWord, personName } from './words';

/** Subjects of which a conversation may state a value. */
export const FACTS: readonly { subject: string; value: (scene: Scene) => string }[] = [
  { subject: 'the door code', value: ({ random }) => String(random.int(1000, 9999)) },
  { subject: 'the room number', value: ({ random }) => String(random.int(1, 400)) },
  {
    subject: 'the password',
    value: ({ random, entities }) => `${looseWord(random, entities)}${random.int(10, 99)}`,
  },
  {
    subject: 'the meeting time',
    value: ({ random }) => `${random.int(8, 18)}:${random.pick(['00', '15', '30', '45'])}`,
  },
  { subject: 'the project name', value: ({ random, entities }) => cityName(random, entities) },
  { subject: 'the manager', value: ({ random, entities }) => personName(random, entities) },
  { subject: 'the head office', value: ({ random, entities }) => cityName(random, entities) },
  { subject: 'the budget', value: ({ random }) => String(random.int(2, 90) * 100) },
  { subject: "the cat's name", value: ({ random, entities }) => personName(random, entities) },
  { subject: 'the order number', value: ({ random }) => String(random.int(10000, 99999)) },
];

/** Relations that the model is expected to know by heart. */
export const KNOWLEDGE: readonly {
  questions: [string, string, ...string[]];
  answer: string;
  pairs: readonly (readonly [key: string, value: string])[];
}[] = [
  {
    questions: [
      'What is the capital of {key}?',
      'Name the capital of {key}.',
      'Which city is the capital of {key}?',
    ],
    answer: 'The capital of {key} is {value}.',
    pairs: (
      'France:Paris Italy:Rome Spain:Madrid Germany:Berlin Norway:Oslo Austria:Vienna Portugal:Lisbon Greece:Athens ' +
      'Ireland:Dublin Finland:Helsinki Poland:Warsaw Hungary:Budapest Japan:Tokyo Egypt:Cairo Peru:Lima Kenya:Nairobi'
    )
      .split(' ')
      .map(pair),
  },
  {
    questions: [
      'What is the opposite of {key}?',
      'Tell me the opposite of {key}.',
      'Which word is the opposite of {key}?',
    ],
    answer: 'The opposite of {key} is {value}.',
    pairs: (
      'hot:cold big:small fast:slow old:young up:down left:right day:night open:closed light:dark wet:dry full:empty ' +
      'cold:hot small:big slow:fast young:old down:up right:left night:day closed:open dark:light dry:wet empty:full'
    )
      .split(' ')
      .map(pair),
  },
  {
    questions: ['Which day comes after {key}?', 'What day follows {key}?', 'Tell me the day after {key}.'],
    answer: '{value} comes after {key}.',
    pairs:
      'Monday:Tuesday Tuesday:Wednesday Wednesday:Thursday Thursday:Friday Friday:Saturday Saturday:Sunday Sunday:Monday'
        .split(' ')
        .map(pair),
  },
  {
    questions: ['What colour is {key}?', 'Which colour has {key}?', 'Tell me the colour of {key}.'],
    answer: 'The colour of {key} is {value}.',
    pairs: 'grass:green snow:white blood:red coal:black milk:white gold:yellow'.split(' ').map(pair),
  },
];

function pair(text: string): readonly [string, string] {
  const [key = '', value = ''] = text.split(':');
  return [key, value];
}

/** The text with a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
