/**
 * @file Intents that need a tool. Questions are put in many ways; thinking names the tool, so that the decision can be
 * seen before the call.
 */
import { say, thinkCall } from './answers';
import { type Call, type Intent, type Scene, type Turn, fill, first, phrase, toolTurn } from './intent';
import { UNITS, unitsLike } from './tools';
import { cityName, foodName, itemName, personName } from './words';

const listed =
  (tool: string) =>
  (scene: Scene): boolean =>
    scene.listed.has(tool);

const WEATHER: [string, string, ...string[]] = [
  'What is the weather in {city}?',
  'How is the weather in {city} {day}?',
  'Do I need a coat in {city} {day}?',
  'Tell me the weather for {city}.',
  'Is it nice out in {city}?',
  'What will I need to wear in {city} {day}?',
  'Will it rain in {city} {day}?',
  '{city} weather {day}?',
  'Can you check the weather in {city} {day}?',
  'Give me the forecast of {city} {day}.',
];

function weatherTurn(scene: Scene, template: string): Turn {
  const city = cityName(scene.random, scene.entities);
  const day = scene.random.chance(0.4) ? 'tomorrow' : 'today';
  // A phrasing that does not name the day is about today, and the call leaves the optional argument out.
  const named = template.includes('{day}');
  const when = named ? day : 'today';
  const call: Call = { name: 'get_weather', arguments: when === 'tomorrow' ? { city, day: when } : { city } };
  return toolTurn(
    fill(template, { city, day }),
    thinkCall(scene, `the weather in ${city}${when === 'tomorrow' ? ' tomorrow' : ''}`, 'get_weather'),
    [call],
    (results) => say.weather(scene, city, when, first(results)),
    (results) => ('error' in first(results) ? 'The tool failed.' : `It is ${String(first(results).sky)}.`),
  );
}

const OPERATIONS = [
  { sign: '*', words: 'times', verb: 'Multiply {a} by {b}' },
  { sign: '+', words: 'plus', verb: 'Add {a} and {b}' },
  { sign: '-', words: 'minus', verb: 'Subtract {b} from {a}' },
] as const;

const CONTACT: [string, string, ...string[]] = [
  "What is {name}'s phone number?",
  'Find the number of {name}.',
  'How can I call {name}?',
  'I need to reach {name}.',
  'Can you look up {name} for me?',
  "Give me {name}'s number.",
  'Do you have a phone number for {name}?',
];

const STOCK: [string, string, ...string[]] = [
  'How many of the {item} do we have?',
  'Is the {item} in stock?',
  'Check the stock of the {item}.',
  'Do you have a {item}?',
  'I want to buy a {item}. Is there one left?',
  'Look up how many {item} items are left.',
];

export const TOOL_INTENTS: readonly Intent[] = [
  {
    name: 'weather',
    group: 'tool',
    weight: 3,
    fits: listed('get_weather'),
    write: (scene) => weatherTurn(scene, phrase(scene, WEATHER)),
  },
  {
    name: 'weather-two-cities',
    group: 'tool',
    weight: 1,
    fits: listed('get_weather'),
    write: (scene) => {
      const a = cityName(scene.random, scene.entities);
      const b = cityName(scene.random, scene.entities);
      const question = phrase(
        scene,
        [
          'What is the weather in {a} and in {b}?',
          'Compare the weather of {a} and {b}.',
          'Is {a} warmer than {b}?',
        ],
        { a, b },
      );
      return toolTurn(
        question,
        `Two cities, ${a} and ${b}. I call get_weather twice.`,
        [a, b].map((city) => ({ name: 'get_weather', arguments: { city } })),
        ([x = {}, y = {}]) =>
          `${a}: ${String(x.sky)}, ${String(x.celsius)} degrees. ${b}: ${String(y.sky)}, ${String(y.celsius)} degrees.`,
        () => 'I have both results.',
      );
    },
  },
  {
    name: 'weather-again',
    group: 'tool',
    weight: 3,
    fits: (scene) => scene.listed.has('get_weather') && scene.memory.lastTool === 'get_weather',
    write: (scene) =>
      weatherTurn(scene, phrase(scene, ['And in {city}?', 'What about {city}?', 'And {city} {day}?'])),
  },
  {
    name: 'calculate',
    group: 'tool',
    weight: 4,
    fits: listed('calculate'),
    write: (scene) => {
      const { random } = scene;
      const operation = random.pick(OPERATIONS);
      // Numbers that nobody does in their head: the contested sums stay below 100.
      const x = random.int(101, 999);
      const y = operation.sign === '*' ? random.int(12, 99) : random.int(101, 999);
      const [a, b] = [Math.max(x, y), Math.min(x, y)];
      const question = phrase(
        scene,
        [
          'What is {a} {words} {b}?',
          'Compute {a} {sign} {b}.',
          `${operation.verb}, please.`,
          'How much is {a} {sign} {b}?',
          '{a}{sign}{b}=?',
          'Can you calculate {a} {words} {b}?',
        ],
        { a, b, ...operation },
      );
      const expression = `${a}${operation.sign}${b}`;
      return toolTurn(
        question,
        thinkCall(scene, expression, 'calculate'),
        [{ name: 'calculate', arguments: { expression } }],
        (results) => `${a} ${operation.words} ${b} is ${String(first(results).result)}.`,
        (results) => `The result is ${String(first(results).result)}.`,
      );
    },
  },
  {
    name: 'contact',
    group: 'tool',
    weight: 3,
    fits: listed('find_contact'),
    write: (scene) => contactTurn(scene, CONTACT),
  },
  {
    name: 'contact-again',
    group: 'tool',
    weight: 3,
    fits: (scene) => scene.listed.has('find_contact') && scene.memory.lastTool === 'find_contact',
    write: (scene) => contactTurn(scene, ['And {name}?', 'What about {name}?', 'And the one of {name}?']),
  },
  {
    name: 'convert',
    group: 'tool',
    weight: 3,
    fits: listed('convert_units'),
    write: (scene) => {
      const { random } = scene;
      const from = random.pick(UNITS);
      const to = random.pick(unitsLike(from));
      const value = random.chance(0.2) ? random.int(11, 99) / 10 : random.int(2, 400);
      const question = phrase(
        scene,
        [
          'How many {to} are {value} {from}?',
          'Convert {value} {from} to {to}.',
          'What is {value} {from} in {to}?',
          '{value} {from} in {to}, please.',
          'I have {value} {from}. How much is that in {to}?',
        ],
        { value, from, to },
      );
      return toolTurn(
        question,
        thinkCall(scene, `${value} ${from} in ${to}`, 'convert_units'),
        [{ name: 'convert_units', arguments: { value, from, to } }],
        (results) => `${value} ${from} are ${String(first(results).value)} ${to}.`,
        (results) => `The result is ${String(first(results).value)}.`,
      );
    },
  },
  {
    name: 'timer',
    group: 'tool',
    weight: 3,
    fits: listed('set_timer'),
    write: (scene) => {
      const minutes = scene.random.int(1, 90);
      const label = scene.random.chance(0.5) ? foodName(scene.random) : undefined;
      const question = phrase(
        scene,
        [
          'Set a timer for {minutes} minutes{why}.',
          'Start a {minutes} minute timer{why}.',
          'Tell me when {minutes} minutes are over{why}.',
          'Timer{why}, {minutes} minutes.',
          'I need a timer of {minutes} minutes{why}.',
        ],
        { minutes, why: label ? ` for the ${label}` : '' },
      );
      return toolTurn(
        question,
        thinkCall(scene, `a timer of ${minutes} minutes`, 'set_timer'),
        [{ name: 'set_timer', arguments: label ? { minutes, label } : { minutes } }],
        () => `The timer${label ? ` for the ${label}` : ''} is set: ${minutes} minutes.`,
        () => 'The timer has started.',
      );
    },
  },
  {
    name: 'stock',
    group: 'tool',
    weight: 3,
    fits: listed('check_stock'),
    write: (scene) => {
      const item = itemName(scene.random, scene.entities);
      return toolTurn(
        phrase(scene, STOCK, { item }),
        thinkCall(scene, `the stock of ${item}`, 'check_stock'),
        [{ name: 'check_stock', arguments: { item } }],
        (results) => say.stock(scene, item, first(results)),
        (results) => `The count is ${String(first(results).count)}.`,
      );
    },
  },
];

function contactTurn(scene: Scene, phrasings: [string, string, ...string[]]): Turn {
  const name = personName(scene.random, scene.entities);
  return toolTurn(
    phrase(scene, phrasings, { name }),
    thinkCall(scene, `the number of ${name}`, 'find_contact'),
    [{ name: 'find_contact', arguments: { name } }],
    (results) => say.contact(scene, name, first(results)),
    (results) =>
      'error' in first(results) ? `${name} was not found.` : `The number is ${String(first(results).phone)}.`,
  );
}
