/**
 * @file Skills about quantities: arithmetic, units, currencies.
 */
import type { Scene } from '../intent';
import type { Ask, Skill } from '../skill';
import { CURRENCIES, UNITS, unitsLike } from '../tools/quantities';

const OPERATIONS = [
  { sign: '*', words: 'times', verb: 'multiply {a} by {b}' },
  { sign: '+', words: 'plus', verb: 'add {a} and {b}' },
  { sign: '-', words: 'minus', verb: 'subtract {b} from {a}' },
] as const;

/** Numbers that nobody does in their head; contested sums stay below 100. */
function drawSum({ random }: Scene): Ask {
  const operation = random.pick(OPERATIONS);
  const x = random.int(101, 999);
  const y = operation.sign === '*' ? random.int(12, 99) : random.int(101, 999);
  const [a, b] = [String(Math.max(x, y)), String(Math.min(x, y))];
  const c = String(random.int(2, 99));
  const more = random.chance(0.15);
  const sum = `${a} ${operation.words} ${b}${more ? ` plus ${c}` : ''}`;
  const signs = `${a} ${operation.sign} ${b}${more ? ` + ${c}` : ''}`;
  const verb = more ? `work out ${sum}` : operation.verb.replace('{a}', a).replace('{b}', b);
  const expression = signs.replaceAll(' ', '');
  return { args: { expression }, slots: { sum, signs, verb, expression } };
}

function drawUnits({ random }: Scene): Ask {
  const from = random.pick(UNITS);
  const to = random.pick(unitsLike(from));
  const value = random.chance(0.2) ? random.int(11, 99) / 10 : random.int(2, 400);
  return { args: { value, from, to }, slots: { value: String(value), from, to } };
}

function drawPair({ random }: Scene): { from: string; to: string; a: string; b: string } {
  const [from, to] = random.shuffle([...CURRENCIES.keys()]) as [string, string];
  // By code or by word; the call takes codes.
  const say = (code: string): string => (random.chance(0.5) ? code : (CURRENCIES.get(code)?.word ?? code));
  return { from, to, a: say(from), b: say(to) };
}

export const QUANTITY_SKILLS: readonly Skill[] = [
  {
    tool: 'calculate',
    topic: 'calculations',
    draw: drawSum,
    kind: 'query',
    what: '{expression}',
    wording: {
      queries: [
        '{sum}',
        '{signs}',
        '[the result of|~the value of] {sum}',
        '[the result of|the value of|~the answer to] {signs}',
      ],
      actions: [
        '[compute|calculate|work out|~evaluate] {signs}',
        '[compute|calculate|work out|~evaluate] {sum}',
        '{verb}',
      ],
      own: [
        'How much is {signs}?',
        'How much is {sum}?',
        '{expression}=?',
        '{expression}',
        '{signs} =',
        '~{sum} makes what?',
        '~How much does {sum} make?',
      ],
    },
    again: ['And {sum}?', 'And {signs}?', 'What about {signs}?', 'Now {sum}.', '~And how much is {signs}?'],
    answers: () => [
      '[{sum}|{expression}] is {r_result}.',
      'The result of {expression} is {r_result}.',
      'It is {r_result}.',
    ],
    failure: 'I could not compute {expression}.',
    missing: {
      what: 'expression',
      ask: {
        actions: [
          '[calculate|compute] something',
          'do a [sum|calculation|~bit of arithmetic]',
          'work something out',
        ],
        own: ['I need a calculation.', 'Can you do sums?', '~Are you good at sums?'],
      },
      back: ['What should I calculate?', 'Which sum?'],
      supply: ['{signs}', '{sum}', 'It is {signs}.', '~I mean {sum}.'],
    },
  },
  {
    tool: 'convert_units',
    topic: 'units',
    draw: drawUnits,
    kind: 'query',
    what: '{value} {from} in {to}',
    wording: {
      queries: [
        '{value} {from} in {to}',
        'the number of {to} in {value} {from}',
        '~the amount of {to} in {value} {from}',
      ],
      actions: [
        '[convert|change|turn|~translate] {value} {from} [to|into] {to}',
        'express {value} {from} in {to}',
      ],
      own: [
        'How many {to} are {value} {from}?',
        'How many {to} [make|are in|~fit into] {value} {from}?',
        'I have {value} {from}. How much is that in {to}?',
        '{value} {from} to {to}?',
        'How much is {value} {from} in {to}?',
        '~{value} {from} are how many {to}?',
      ],
    },
    again: [
      'And {value} {from} in {to}?',
      'What about {value} {from} in {to}?',
      '~And {value} {from} to {to}?',
    ],
    answers: () => [
      '{value} {from} are {r_value} {to}.',
      'That is {r_value} {to}.',
      '{value} {from} is {r_value} {to}.',
    ],
    failure: 'I could not convert {value} {from} to {to}.',
    missing: {
      what: 'value',
      ask: {
        actions: ['convert [some units|a length|a weight|~a measure]', 'change a unit'],
        own: ['I need a conversion.', 'Can you convert units?', '~I have a length in the wrong unit.'],
      },
      back: ['What should I convert, and to which unit?', 'Which value and which units?'],
      supply: ['{value} {from} to {to}', '{value} {from} in {to}, please.', '~Take {value} {from} to {to}.'],
    },
  },
  {
    tool: 'convert_currency',
    topic: 'money',
    draw: (scene) => {
      const { from, to, a, b } = drawPair(scene);
      const amount = scene.random.int(2, 900);
      return { args: { amount, from, to }, slots: { amount: String(amount), from, to, a, b } };
    },
    kind: 'query',
    what: '{amount} {from} in {to}',
    wording: {
      queries: [
        '{amount} {a} in {b}',
        'the worth of {amount} {a} in {b}',
        '~the value of {amount} {a} in {b}',
      ],
      actions: ['[convert|change|turn] {amount} {a} [to|into] {b}', '~exchange {amount} {a} for {b}'],
      own: [
        'How many {b} [are|do I get for] {amount} {a}?',
        'How much is {amount} {a} in {b}?',
        'I have {amount} {a}. How much is that in {b}?',
        '{amount} {a} to {b}?',
        'It costs {amount} {a}. What is that in {b}?',
        '~How many {b} would {amount} {a} be?',
      ],
    },
    again: ['And {amount} {a} in {b}?', 'What about {amount} {a} in {b}?', '~And {amount} {a} to {b}?'],
    answers: () => [
      '{amount} {from} are {r_amount} {to}.',
      'That is {r_amount} {to}.',
      'You get {r_amount} {to} for {amount} {from}.',
    ],
    failure: 'I could not convert {amount} {from} to {to}.',
    missing: {
      what: 'amount',
      ask: {
        actions: ['[convert|change] some money', 'help me with [another|a foreign] currency'],
        own: ['I want to change money.', 'Can you convert money?', '~I need some foreign money.'],
      },
      back: ['How much, and from which currency to which?', 'Which amount and which currencies?'],
      supply: ['{amount} {a} to {b}', '{amount} {a} in {b}, please.', '~Take {amount} {a} to {b}.'],
    },
  },
  {
    tool: 'exchange_rate',
    changing: true,
    topic: 'exchange rates',
    draw: (scene) => {
      const { from, to, a, b } = drawPair(scene);
      return { args: { base: from, quote: to }, slots: { from, to, a, b } };
    },
    kind: 'query',
    what: 'the rate of {from} to {to}',
    wording: {
      queries: [
        'the [rate|exchange rate|current rate] of {a} to {b}',
        'the rate from {a} to {b}',
        'the [{a} to {b} rate|{a} {b} rate|{a} {b} exchange rate]',
        '~the standing of {a} against {b}',
      ],
      own: [
        'How do {a} and {b} compare?',
        'How is the rate of {a} to {b}?',
        'What rate do I get for {a} in {b}?',
        '~At what rate do {a} go to {b}?',
      ],
    },
    again: ['And {a} to {b}?', 'What about {a} to {b}?', '~And the one of {a} to {b}?'],
    answers: () => ['The rate of {from} to {to} is {r_rate}.', 'One {from} is {r_rate} {to}.'],
    failure: 'I could not get the rate of {from} to {to}.',
    stated: 'The rate of {from} to {to} is {r_rate}.',
    missing: {
      what: 'currency',
      ask: {
        queries: ['[the|an] exchange rate', 'a rate'],
        own: ['How are the rates?', '~How good is the rate?'],
      },
      back: ['Which two currencies?', 'Between which currencies?'],
      supply: ['{a} to {b}', '{a} and {b}', 'From {a} to {b}.', '~I mean {a} to {b}.'],
    },
  },
];
