/**
 * @file The entities of the practice world: people, places, goods, facts. Part of every list is held out from training
 * by a hash of the entity itself, so that "unseen" means the same in every run.
 */
import { hashText, type Random } from './prng';

/** `seen` entities appear in training data; `unseen` ones only in held-out data. */
export type Share = 'seen' | 'unseen';

const FIRST_NAMES = (
  'Anna Ben Clara David Emma Felix Grace Hugo Ida Jonas Kim Laura Max Nina Oscar Paula Ruth Sam Tara Uma Victor Wendy ' +
  'Yusuf Zoe Amir Bianca Carlos Diana Elif Fatima George Hana Ivan Julia Kofi Lena Marco Nadia Omar Priya Rosa Sofia ' +
  'Tomas Vera Xin Yara Aiko Boris Chloe Dario Eva Frank Greta Henry Iris Jack Kate Leo Maria Noah Olga Peter Rita Simon ' +
  'Tina Ulla Walter Adam Bella Colin Daisy Erik Fiona Gavin Helen Igor Jane Karl Lucy Mona Nils Olive Paul Quinn Robert ' +
  'Sara Theo Vince Will Alice Bruno Cora Dan Elsa Fred Gina Harry Ines Jim Klaus Lily Mike Nora Otto Pia Ralf Susan Tim'
).split(' ');
const NAME_STARTS =
  'Al Be Ca Da El Fi Ga Ha Is Jo Ka Li Ma No Ol Pa Ra Sa Ta Vi Bri Che Dro Fre Gri Kla Mei Nu Pri Sho Tre Zu'.split(
    ' ',
  );
const NAME_MIDDLES = ' |ba|ri|lo|ne|mi|tu|sa|de|vo|ki'.split('|').map((part) => part.trim());
const NAME_ENDS = 'na ra lin mo ri to ke bel dan vy ven sa lia rus nik dor mir'.split(' ');

const REAL_CITIES = (
  'Paris|London|Rome|Berlin|Madrid|Oslo|Vienna|Prague|Lisbon|Athens|Dublin|Helsinki|Warsaw|Budapest|Zurich|Geneva|Milan|' +
  'Naples|Porto|Seville|Lyon|Hamburg|Munich|Boston|Chicago|Denver|Seattle|Austin|Miami|Toronto|Montreal|Lima|Quito|' +
  'Bogota|Cairo|Nairobi|Lagos|Accra|Dakar|Tunis|Delhi|Mumbai|Tokyo|Osaka|Kyoto|Seoul|Beijing|Shanghai|Hanoi|Manila|' +
  'Sydney|Perth|Auckland|New York|San Diego|Los Angeles|Hong Kong|Cape Town|Buenos Aires|Rio'
).split('|');
const CITY_STARTS =
  'Nor Sel Vin Mar Tor Bel Kar Lun Dal Fen Ros Hal Ash Bram Cor Dun Elm Gar Hol Kings Lin Mill Oak Pen Red Stone Thorn Up West Wil'.split(
    ' ',
  );
const CITY_ENDS = 'ford wick dale ton burg mouth stad haven by holm ham bridge field port well minster'.split(
  ' ',
);

const COLOURS = 'red blue green black white yellow brown grey pink purple orange silver'.split(' ');
const NOUNS = (
  'lamp chair table cup plate spoon knife bowl book pen pencil bag box clock mirror pillow blanket towel rug shelf desk ' +
  'coat hat scarf shirt shoe boot glove belt ring watch phone radio camera bike ball kite drum flute guitar candle basket ' +
  'bottle bucket brush ladder hammer rope tent map mug jar vase sofa bench door'
).split(' ');
const FOODS =
  'tea coffee rice pasta bread soup eggs potatoes beans cake pie pizza fish corn lentils noodles'.split(' ');
const LOOSE_WORDS = (
  'river stone cloud seven apple music winter garden silver paper light house tiger green early quiet north summer honey ' +
  'planet forest window letter bridge candle dragon engine flower guitar hammer island jacket'
).split(' ');

/** True for the eighth of all entities that training data never contains. */
export function isHeldOut(entity: string): boolean {
  return hashText(entity) % 8 === 0;
}

function draw(random: Random, share: Share, make: () => string): string {
  for (let tries = 0; tries < 200; tries++) {
    const entity = make();
    if (isHeldOut(entity) === (share === 'unseen')) return entity;
  }
  throw new RangeError('No entity of the wanted share was found in 200 draws; widen the word list.');
}

/** A first name: a common one or, more often, one made of syllables (about 6,000 in all). */
export function personName(random: Random, share: Share): string {
  return draw(random, share, () =>
    random.chance(0.3)
      ? random.pick(FIRST_NAMES)
      : random.pick(NAME_STARTS) + random.pick(NAME_MIDDLES) + random.pick(NAME_ENDS),
  );
}

/** A city: a real one or one made of two parts (about 540 in all). */
export function cityName(random: Random, share: Share): string {
  return draw(random, share, () =>
    random.chance(0.35) ? random.pick(REAL_CITIES) : random.pick(CITY_STARTS) + random.pick(CITY_ENDS),
  );
}

/** A thing that a shop may stock, such as `blue lamp` (about 650). */
export function itemName(random: Random, share: Share): string {
  return draw(random, share, () => `${random.pick(COLOURS)} ${random.pick(NOUNS)}`);
}

/** Something to cook, for timers. */
export function foodName(random: Random): string {
  return random.pick(FOODS);
}

/** Words, names and numbers without connection, for "repeat this" and for facts to remember. */
export function looseWord(random: Random, share: Share): string {
  const kind = random.int(0, 9);
  if (kind < 3) return random.pick(LOOSE_WORDS);
  if (kind < 5) return personName(random, share);
  if (kind < 7) return cityName(random, share);
  if (kind < 8) return random.pick(NOUNS);
  return String(random.int(2, 9999));
}
