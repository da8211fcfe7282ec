/**
 * @file Intents at the limits of the assistant: what nobody can do, what no listed tool can do, what was never stated,
 * and questions that lack an argument.
 */
import { FACTS, capital } from './facts';
import { type Intent, type Scene, directTurn, phrase } from './intent';
import { cityName, itemName, personName } from './words';

const always = (): boolean => true;

const REQUESTS_NOBODY_CAN_MEET = [
  { ask: 'Send an email to {name}.', cannot: 'send emails' },
  { ask: 'Book a taxi to {city}.', cannot: 'book taxis' },
  { ask: 'Order a pizza for {name}.', cannot: 'order food' },
  { ask: 'Open the door for {name}.', cannot: 'open doors' },
  { ask: 'Play some music.', cannot: 'play music' },
  { ask: 'Draw me a picture of {city}.', cannot: 'draw pictures' },
  { ask: 'Turn on the light.', cannot: 'turn on lights' },
  { ask: 'Buy a train ticket to {city}.', cannot: 'buy tickets' },
];

/** Questions that belong to a tool: without that tool they are declined, without their argument asked back. */
const TOOL_QUESTIONS = [
  {
    tool: 'get_weather',
    ask: ['What is the weather in {city}?', 'Will it rain in {city} tomorrow?'],
    topic: 'the weather',
  },
  {
    tool: 'find_contact',
    ask: ["What is {name}'s phone number?", 'How can I call {name}?'],
    topic: 'phone numbers',
  },
  {
    tool: 'check_stock',
    ask: ['Is the {item} in stock?', 'How many of the {item} do we have?'],
    topic: 'the stock',
  },
  {
    tool: 'set_timer',
    ask: ['Set a timer for {minutes} minutes.', 'Start a {minutes} minute timer.'],
    topic: 'timers',
  },
];

/** Questions that a listed tool could answer, were its argument not missing. */
const MISSING = [
  {
    tool: 'get_weather',
    ask: ['What is the weather?', 'Will it rain today?', 'Do I need a coat?'],
    missing: 'city',
    back: 'For which city?',
  },
  {
    tool: 'find_contact',
    ask: ['I need a phone number.', 'Look up a number for me.', 'Find a contact.'],
    missing: 'name',
    back: 'Whose number do you need?',
  },
  {
    tool: 'check_stock',
    ask: ['Is it in stock?', 'Check the stock, please.', 'How many are left?'],
    missing: 'item',
    back: 'Which item do you mean?',
  },
  {
    tool: 'set_timer',
    ask: ['Set a timer.', 'Start a timer, please.', 'I need a timer.'],
    missing: 'time',
    back: 'For how many minutes?',
  },
  {
    tool: 'calculate',
    ask: ['Can you calculate something?', 'Do a sum for me.', 'I need a calculation.'],
    missing: 'expression',
    back: 'What should I calculate?',
  },
  {
    tool: 'convert_units',
    ask: ['Convert some units for me.', 'Can you convert a length?', 'I need a conversion.'],
    missing: 'value',
    back: 'What should I convert, and to which unit?',
  },
];

function entities(scene: Scene): { [name: string]: string | number } {
  return {
    city: cityName(scene.random, scene.entities),
    name: personName(scene.random, scene.entities),
    item: itemName(scene.random, scene.entities),
    minutes: scene.random.int(1, 90),
  };
}

export const LIMIT_INTENTS: readonly Intent[] = [
  {
    name: 'unknown-fact',
    group: 'direct',
    weight: 1,
    fits: always,
    write: (scene) => {
      const { subject } = scene.random.pick(
        FACTS.filter((fact) => fact.subject !== scene.memory.fact?.subject),
      );
      const question = phrase(
        scene,
        ['What is {subject}?', 'Tell me {subject}.', 'Can you tell me {subject}?', 'Say {subject}, please.'],
        { subject },
      );
      const think = `${capital(subject)} was not stated, and no tool knows it.`;
      return {
        ...directTurn(question, think, `I do not know ${subject}.`, 'decline'),
        remember: { unknownFact: subject },
      };
    },
  },
  {
    name: 'cannot',
    group: 'direct',
    weight: 2,
    fits: always,
    write: (scene) => {
      const { ask, cannot } = scene.random.pick(REQUESTS_NOBODY_CAN_MEET);
      const lower = ask.charAt(0).toLowerCase() + ask.slice(1, -1);
      return directTurn(
        phrase(
          scene,
          [ask, `Can you ${lower}?`, `Please ${lower}.`, `I want you to ${lower}.`],
          entities(scene),
        ),
        `No tool can ${cannot}.`,
        `I cannot ${cannot}.`,
        'decline',
      );
    },
  },
  {
    name: 'no-such-tool',
    group: 'direct',
    weight: 2,
    fits: (scene) => TOOL_QUESTIONS.some(({ tool }) => !scene.listed.has(tool)),
    write: (scene) => {
      const absent = TOOL_QUESTIONS.filter(({ tool }) => !scene.listed.has(tool));
      const { ask, topic } = scene.random.pick(absent);
      const [one = '', two = ''] = ask;
      return directTurn(
        phrase(scene, [one, two, `Please tell me: ${one}`], entities(scene)),
        `No tool is listed for ${topic}.`,
        `I have no tool for ${topic}.`,
        'decline',
      );
    },
  },
  {
    name: 'missing-argument',
    group: 'direct',
    weight: 2,
    fits: (scene) => scene.turn === 0 && MISSING.some(({ tool }) => scene.listed.has(tool)),
    write: (scene) => {
      const { tool, ask, missing, back } = scene.random.pick(MISSING.filter((m) => scene.listed.has(m.tool)));
      const [one = '', two = '', three = ''] = ask;
      return directTurn(
        phrase(scene, [one, two, three]),
        `${tool} needs the ${missing}, which is missing.`,
        back,
        'ask',
      );
    },
  },
];
