/**
 * @file The words that the practice world is made of. Entities are drawn from them in entities.ts.
 */
const words = (text: string): string[] => text.split(' ');

export const FIRST_NAMES = words(
  'Anna Ben Clara David Emma Felix Grace Hugo Ida Jonas Kim Laura Max Nina Oscar Paula Ruth Sam Tara Uma Victor Wendy ' +
    'Yusuf Zoe Amir Bianca Carlos Diana Elif Fatima George Hana Ivan Julia Kofi Lena Marco Nadia Omar Priya Rosa Sofia ' +
    'Tomas Vera Xin Yara Aiko Boris Chloe Dario Eva Frank Greta Henry Iris Jack Kate Leo Maria Noah Olga Peter Rita Simon ' +
    'Tina Ulla Walter Adam Bella Colin Daisy Erik Fiona Gavin Helen Igor Jane Karl Lucy Mona Nils Olive Paul Quinn Robert ' +
    'Sara Theo Vince Wanda Alice Bruno Cora Dan Elsa Fred Gina Harry Ines Jim Klaus Lily Mike Nora Otto Pia Ralf Susan Tim',
);
export const NAME_STARTS = words(
  'Al Be Ca Da El Fi Ga Ha Is Jo Ka Li Ma No Ol Pa Ra Sa Ta Vi Bri Che Dro Fre Gri Kla Mei Nu Pri Sho Tre Zu',
);
export const NAME_MIDDLES = ['', ...words('ba ri lo ne mi tu sa de vo ki')];
export const NAME_ENDS = words('na ra lin mo ri to ke bel dan vy ven sa lia rus nik dor mir');
export const SURNAME_STARTS = words(
  'Bau Ber Car Dem Eng Fal Gar Hol Kel Lan Mer Nor Pet Rei San Tol Vog Wal Win Yor',
);
export const SURNAME_ENDS = words('er mann son ley ton ard ing ova ini sen as ell ow ick');

export const REAL_CITIES = (
  'Paris|London|Rome|Berlin|Madrid|Oslo|Vienna|Prague|Lisbon|Athens|Dublin|Helsinki|Warsaw|Budapest|Zurich|Geneva|Milan|' +
  'Naples|Porto|Seville|Lyon|Hamburg|Munich|Boston|Chicago|Denver|Seattle|Austin|Miami|Toronto|Montreal|Lima|Quito|' +
  'Bogota|Cairo|Nairobi|Lagos|Accra|Dakar|Tunis|Delhi|Mumbai|Tokyo|Osaka|Kyoto|Seoul|Beijing|Shanghai|Hanoi|Manila|' +
  'Sydney|Perth|Auckland|New York|San Diego|Los Angeles|Hong Kong|Cape Town|Buenos Aires|Rio'
).split('|');
export const CITY_STARTS = words(
  'Nor Sel Vin Mar Tor Bel Kar Lun Dal Fen Ros Hal Ash Bram Cor Dun Elm Gar Hol Kings Lin Mill Oak Pen Red Stone Thorn ' +
    'Up West Wil Black Clay Deer East Far Gold Hart Iron Lake Moss Pine Raven Sand Tar Wool',
);
export const CITY_ENDS = words(
  'ford wick dale ton burg mouth stad haven by holm ham bridge field port well minster cliff gate wood moor',
);

export const COLOURS = words('red blue green black white yellow brown grey pink purple orange silver');
export const MATERIALS = words(
  'wooden steel glass paper small large old new round heavy light wide soft cheap',
);
export const NOUNS = words(
  'lamp chair table cup plate spoon knife bowl book pen pencil bag box clock mirror pillow blanket towel rug shelf desk ' +
    'coat hat scarf shirt shoe boot glove belt ring watch phone radio camera bike ball kite drum flute guitar candle basket ' +
    'bottle bucket brush ladder hammer rope tent map mug jar vase sofa bench door wallet puzzle kettle fork tray stool',
);
export const FOODS = words(
  'tea coffee rice pasta bread soup eggs potatoes beans cake pie pizza fish corn lentils noodles',
);
export const LOOSE_WORDS = words(
  'river stone cloud seven apple music winter garden silver paper light house tiger green early quiet north summer honey ' +
    'planet forest window letter bridge candle dragon engine flower guitar hammer island jacket',
);
export const MADE_STARTS = words(
  'bre dro fla gri jun kel lom mav nur plo qui ras sko tri ul ven wim yor zan blu cre dap fen gos hib',
);
export const MADE_ENDS = words(
  'nel mar dit sk vo bin tup rol gan lex mip sen tar wick zo pel dran fim kor lat',
);

export const EVENTS = [
  ...words(
    'dentist yoga lunch dinner training choir haircut football chess piano swimming breakfast tennis theatre',
  ),
  'team meeting',
  'book club',
  'staff party',
  'dance class',
  'bike tour',
  'garden work',
];
export const WEEKDAYS = words('Monday Tuesday Wednesday Thursday Friday Saturday Sunday');
export const TASKS = [
  'buy {item}',
  'call {name}',
  'pay the rent',
  'water the plants',
  'write to {name}',
  'meet {name} in {city}',
  'bring the {item}',
  'book a hotel in {city}',
  'feed the cat',
  'ask {name} about the {item}',
];
