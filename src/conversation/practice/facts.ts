/**
 * @file Facts of the practice world: small ones that a conversation states, and a little general knowledge.
 */
import { cityName, clockTime, firstName, looseWord, personName } from './entities';
import type { Wording } from './frames';
import type { Scene } from './intent';

/** Subjects of which a conversation may state a value. */
export const FACTS: readonly { subject: string; value: (scene: Scene) => string }[] = [
  { subject: 'the door code', value: ({ random }) => String(random.int(1000, 9999)) },
  { subject: 'the room number', value: ({ random }) => String(random.int(1, 400)) },
  {
    subject: 'the password',
    value: ({ random, entities }) =>
      `${looseWord(random, entities)}${random.int(10, 99)}`.replaceAll(' ', ''),
  },
  { subject: 'the meeting time', value: ({ random }) => clockTime(random) },
  { subject: 'the project name', value: ({ random, entities }) => cityName(random, entities) },
  { subject: 'the manager', value: ({ random, entities }) => personName(random, entities) },
  { subject: 'the new colleague', value: ({ random, entities }) => personName(random, entities) },
  { subject: 'the head office', value: ({ random, entities }) => cityName(random, entities) },
  { subject: 'the budget', value: ({ random }) => String(random.int(2, 90) * 100) },
  { subject: "the cat's name", value: ({ random, entities }) => firstName(random, entities) },
  { subject: 'the order number', value: ({ random }) => String(random.int(10000, 99999)) },
  { subject: 'the bus line', value: ({ random }) => String(random.int(2, 99)) },
  { subject: 'the secret word', value: ({ random, entities }) => looseWord(random, entities) },
  { subject: 'the meeting place', value: ({ random, entities }) => cityName(random, entities) },
];

/** Relations that the model is expected to know by heart. */
export const KNOWLEDGE: readonly {
  wording: Wording;
  answer: string;
  pairs: readonly (readonly [key: string, value: string])[];
}[] = [
  {
    wording: {
      queries: [
        'the capital of {key}',
        '[the main city|the chief city] of {key}',
        "{key}'s capital",
        '~the capital city of {key}',
      ],
      own: [
        'Which city is the capital of {key}?',
        'What is [{key} governed from|called the capital of {key}]?',
        '[Which|What] capital [does {key} have|belongs to {key}]?',
        '{key}: which capital?',
        'In {key}, which city is the capital?',
        'The country is {key}. What is its capital?',
        'The capital of {key} is called what?',
        '~{key} has which capital?',
      ],
    },
    answer: 'The capital of {key} is {value}.',
    pairs: pairs(
      'France:Paris Italy:Rome Spain:Madrid Germany:Berlin Norway:Oslo Austria:Vienna Portugal:Lisbon Greece:Athens ' +
        'Ireland:Dublin Finland:Helsinki Poland:Warsaw Hungary:Budapest Japan:Tokyo Egypt:Cairo Peru:Lima Kenya:Nairobi',
    ),
  },
  {
    wording: {
      queries: [
        'the opposite of {key}',
        'the opposite of the word {key}',
        'the word that is the opposite of {key}',
        '[a|the] word [against|opposed to] {key}',
        'what is opposite to {key}',
        '~the word opposite to {key}',
      ],
      own: [
        'Which word is the opposite of {key}?',
        'The opposite of {key} is what?',
        '{key} and its opposite: what is it?',
        'What is [the contrary of|opposite to] {key}?',
        'Something is not {key}. What is it then?',
        'If it is not {key}, what is it?',
        'Which word [is opposite to|says the opposite of] {key}?',
        '~What is not {key}?',
      ],
    },
    answer: 'The opposite of {key} is {value}.',
    pairs: pairs(
      'hot:cold big:small fast:slow old:young up:down left:right day:night open:closed light:dark wet:dry full:empty ' +
        'cold:hot small:big slow:fast young:old down:up right:left night:day closed:open dark:light dry:wet empty:full',
    ),
  },
  {
    wording: {
      queries: [
        'the day after {key}',
        'the day that [follows|comes after] {key}',
        'the next day after {key}',
        'what follows {key}',
        '~the day following {key}',
      ],
      own: [
        'Which day comes after {key}?',
        'What day follows {key}?',
        'Today is {key}. What is tomorrow?',
        'Which day is it [after|one day after|a day after] {key}?',
        '{key} is over. Which day is it?',
        'After {key}, [what|which] day is it?',
        'When {key} ends, which day begins?',
        '~After {key} comes which day?',
      ],
    },
    answer: 'The day after {key} is {value}.',
    pairs: pairs(
      'Monday:Tuesday Tuesday:Wednesday Wednesday:Thursday Thursday:Friday Friday:Saturday Saturday:Sunday Sunday:Monday',
    ),
  },
  {
    wording: {
      queries: ['the colour of {key}', 'the colour that {key} has', 'the usual colour {key} has'],
      own: [
        '[What|Which] colour is {key}?',
        'Which colour does {key} have?',
        'Of [what|which] colour is {key}?',
        'What does {key} look like?',
        '{key} is of which colour?',
        'In [which|what] colour do you paint {key}?',
        '~What is the usual colour of {key}?',
      ],
    },
    answer: 'The colour of {key} is {value}.',
    pairs: pairs('grass:green snow:white blood:red coal:black milk:white gold:yellow'),
  },
];

function pairs(text: string): (readonly [string, string])[] {
  return text.split(' ').map((pair) => {
    const [key = '', value = ''] = pair.split(':');
    return [key, value] as const;
  });
}
