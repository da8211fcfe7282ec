/**
 * @file What made tools are put together from: things, what one may ask about them, what one may have done to them, and
 * names that mean nothing. No word here belongs to a held-out tool.
 */
import { isHeldOut } from './entities';
import type { Random } from './prng';
import { MADE_ENDS, MADE_STARTS } from './word-lists';

const words = (text: string): string[] => text.split(' ');

/** Things that a made tool may be about. */
export const THINGS = words(
  'tower bridge truck boat garage room locker engine garden field horse cow tree statue printer server robot ship tram ' +
    'bus ferry tunnel farm hotel museum school library stadium market bakery mine lift pump oven studio truck tent island ' +
    'ticket invoice order account student patient driver sensor battery channel league station harbour trailer cabin kiosk',
).filter((word, at, all) => all.indexOf(word) === at);

/** What may be asked of a thing. `values` are words; without them the value is a number up to `most`. */
export interface Property {
  /** Key of the result, and its name where `says` is absent. */
  name: string;
  says?: string;
  most: number;
  values?: readonly [string, ...string[]];
  /** Questions of its own, with `{x}` for the thing. */
  asks: readonly string[];
  /** True where it may be another one tomorrow. */
  changing?: boolean;
  /** True where nobody knows whether it may. */
  unknown?: boolean;
}

export const PROPERTIES: readonly Property[] = [
  { name: 'height', most: 400, asks: ['How [high|tall] is {x}?', '~How far up does {x} go?'] },
  { name: 'weight', most: 9000, asks: ['How heavy is {x}?', 'How much does {x} weigh?'] },
  { name: 'age', most: 300, asks: ['How old is {x}?', '~Since when is {x} there?'] },
  { name: 'price', most: 2000, asks: ['What does {x} cost?', 'How much is {x}?'], changing: true },
  { name: 'speed', most: 250, asks: ['How fast is {x}?'], changing: true },
  { name: 'length', most: 900, asks: ['How long is {x}?'] },
  { name: 'temperature', most: 90, asks: ['How [warm|hot|cold] is {x}?'], changing: true },
  { name: 'capacity', most: 5000, asks: ['How much [fits into|goes into] {x}?'] },
  {
    name: 'visitors',
    says: 'number of visitors',
    most: 900,
    asks: ['How many people visit {x}?'],
    changing: true,
  },
  { name: 'parts', says: 'number of parts', most: 80, asks: ['How many parts [are in|has] {x}?'] },
  { name: 'errors', says: 'number of errors', most: 40, asks: ['How many errors has {x}?'], changing: true },
  {
    name: 'colour',
    most: 0,
    values: ['red', 'blue', 'green', 'white', 'black', 'grey'],
    asks: ['[What|Which] colour is {x}?'],
  },
  {
    name: 'status',
    most: 0,
    values: ['open', 'closed', 'ready', 'broken', 'busy', 'free', 'full', 'late'],
    asks: ['Is {x} [ready|open|free]?', 'How is {x} doing?', '~Can {x} be used?'],
    changing: true,
  },
  {
    name: 'place',
    most: 0,
    values: [
      'in the north',
      'in the south',
      'at the harbour',
      'at the station',
      'in the old town',
      'on the hill',
    ],
    asks: ['Where is {x}?', 'Where can I find {x}?', '~In which place is {x}?'],
  },
];

/** What may be done to a thing. */
export const VERBS = words(
  'repair clean paint rent lock move sell inspect close lend photograph measure fill empty test charge stop restart visit ' +
    'insure decorate heat cool wash register cancel renew share copy mark',
);

/** What an action may take besides the thing, with the words that say it. */
export const EXTRAS = {
  day: { type: 'string', says: ' on {day}', aliases: ['date', 'weekday', 'when'] },
  time: { type: 'string', says: ' at {time}', aliases: ['hour', 'start', 'clock'] },
  city: { type: 'string', says: ' in {city}', aliases: ['place', 'location', 'where'] },
  person: { type: 'string', says: ' for {person}', aliases: ['customer', 'owner', 'client'] },
  hours: { type: 'integer', says: ' for {hours} hours', aliases: ['duration', 'length'] },
  times: { type: 'integer', says: ' {times} times', aliases: ['count', 'repeat', 'amount'] },
} as const;
export type Extra = keyof typeof EXTRAS;

/** A name that means nothing, such as `brenel_tup` or `doKelvo`: what it stands for must be read from the schema. */
export function madeName(random: Random, form: 'tool' | 'parameter'): string {
  // Held-out words stay unseen, in names too.
  const word = (): string => {
    const drawn = random.pick(MADE_STARTS) + random.pick(MADE_ENDS);
    return isHeldOut(drawn) ? word() : drawn;
  };
  const roll = random.next();
  if (form === 'parameter') {
    if (roll < 0.55) return random.pick(MADE_STARTS) + (random.chance(0.5) ? random.pick(MADE_ENDS) : '');
    return roll < 0.75
      ? `${random.pick(words('arg p x in field value'))}${random.int(1, 9)}`
      : `${word()}_${random.pick(words('id key name in to of'))}`;
  }
  if (roll < 0.35) return word();
  if (roll < 0.65) return `${word()}_${random.pick(random.chance(0.5) ? MADE_ENDS : MADE_STARTS)}`;
  if (roll < 0.8) return `${random.pick(words('get do run ask call use'))}_${word()}`;
  if (roll < 0.9) return `${random.pick(words('tool fn op task job'))}_${random.int(1, 99)}`;
  const end = word();
  return `${random.pick(words('get do run ask'))}${end.charAt(0).toUpperCase()}${end.slice(1)}`;
}
