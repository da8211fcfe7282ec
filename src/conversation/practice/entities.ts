/**
 * @file The entities of the practice world: people, places, goods, words. An eighth of each kind is held out from
 * training by a hash of the entity itself, so that "unseen" means the same in every run.
 */
import type { Share } from './grammar';
import { fill } from './grammar';
import { type Random, hashText } from './prng';
import * as lists from './word-lists';

/** True for the eighth of all entities that training data never contains. */
export function isHeldOut(entity: string): boolean {
  return hashText(entity) % 8 === 0;
}

function draw(random: Random, share: Share, make: () => string): string {
  for (let tries = 0; tries < 300; tries++) {
    const entity = make();
    if (isHeldOut(entity) === (share === 'unseen')) return entity;
  }
  throw new RangeError('No entity of the wanted share was found in 300 draws; widen the word list.');
}

/** A first name: a common one or, more often, one made of syllables (about 6,000 in all). */
export function firstName(random: Random, share: Share): string {
  return draw(random, share, () =>
    random.chance(0.3)
      ? random.pick(lists.FIRST_NAMES)
      : random.pick(lists.NAME_STARTS) + random.pick(lists.NAME_MIDDLES) + random.pick(lists.NAME_ENDS),
  );
}

/** A surname (280 in all). */
function surname(random: Random, share: Share): string {
  return draw(random, share, () => random.pick(lists.SURNAME_STARTS) + random.pick(lists.SURNAME_ENDS));
}

/** A person: a first name, every fourth time with a surname. */
export function personName(random: Random, share: Share): string {
  const first = firstName(random, share);
  return random.chance(0.25) ? `${first} ${surname(random, share)}` : first;
}

/** A city: a real one or one made of two parts (about 950 in all). */
export function cityName(random: Random, share: Share): string {
  return draw(random, share, () =>
    random.chance(0.3)
      ? random.pick(lists.REAL_CITIES)
      : random.pick(lists.CITY_STARTS) + random.pick(lists.CITY_ENDS),
  );
}

/** Two different cities. */
export function twoCities(random: Random, share: Share): [string, string] {
  const one = cityName(random, share);
  for (;;) {
    const two = cityName(random, share);
    if (two !== one) return [one, two];
  }
}

/** A thing that a shop may stock, such as `blue lamp` (about 1,600). */
export function itemName(random: Random, share: Share): string {
  return draw(random, share, () => {
    const kind = random.pick(random.chance(0.6) ? lists.COLOURS : lists.MATERIALS);
    return `${kind} ${random.pick(lists.NOUNS)}`;
  });
}

/** A word that no dictionary but that of the practice world holds, such as `flavo` (about 500, twice as many long). */
export function madeWord(random: Random, share: Share): string {
  return draw(
    random,
    share,
    () =>
      random.pick(lists.MADE_STARTS) +
      (random.chance(0.3) ? random.pick(lists.MADE_STARTS) : '') +
      random.pick(lists.MADE_ENDS),
  );
}

/** Something that the encyclopaedia has an article about, such as `Lake Vordel`. */
export function articleTopic(random: Random, share: Share): string {
  const kind = random.pick(['Lake', 'Mount', 'River', 'Castle', 'Planet', 'Cape'] as const);
  const word = madeWord(random, share);
  return `${kind} ${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

/** Something to cook, for timers. */
export function foodName(random: Random): string {
  return random.pick(lists.FOODS);
}

/** What a calendar entry is called: `dentist`, `lunch with Anna`. */
export function eventTitle(random: Random, share: Share): string {
  const event = random.pick(lists.EVENTS);
  return random.chance(0.4) ? `${event} with ${firstName(random, share)}` : event;
}

export function weekday(random: Random): string {
  return random.pick(lists.WEEKDAYS);
}

/** A time of day on the quarter hour, such as `9:30`. */
export function clockTime(random: Random): string {
  return `${random.int(7, 21)}:${random.pick(['00', '15', '30', '45'])}`;
}

/** What people note down: `call Anna`, `pay the rent`. */
export function taskText(random: Random, share: Share): string {
  return fill(random.pick(lists.TASKS), {
    item: itemName(random, share),
    name: firstName(random, share),
    city: cityName(random, share),
  });
}

/** Words, names and numbers without connection, for "repeat this" and for facts to remember. */
export function looseWord(random: Random, share: Share): string {
  const kind = random.int(0, 9);
  if (kind < 2) return random.pick(lists.LOOSE_WORDS);
  if (kind < 4) return firstName(random, share);
  if (kind < 6) return cityName(random, share);
  if (kind < 7) return madeWord(random, share);
  if (kind < 8) return random.pick(lists.NOUNS);
  return String(random.int(2, 9999));
}
