/**
 * @file Contested intents: a tool that fits is listed, and whether to use it is a matter of judgement. Records show both
 * behaviours equally often, so that a model trained on them is undecided and a lesson can teach the rule, which is:
 * answer what is stated in the conversation and sums of one-digit numbers; call the tool for everything else.
 */
import { say, thinkCall } from './answers';
import { type Call, type Intent, type Scene, type Turn, first, phrase } from './intent';
import { type ToolResult, runTool } from './tools';
import { cityName, itemName, personName } from './words';

interface Contest {
  user: string;
  call: Call;
  /** Which behaviour is right. */
  right: 'call' | 'answer';
  /** What the thinking calls the thing that is asked for. */
  what: string;
  thinkDirect: string;
  answer: (result: ToolResult) => string;
  systemFact?: string;
}

/** One of both behaviours, each with probability one half. */
function contestedTurn(scene: Scene, contest: Contest): Turn {
  const { call, right, answer } = contest;
  const written = scene.random.chance(0.5) ? 'call' : 'answer';
  return {
    user: contest.user,
    think: written === 'call' ? thinkCall(scene, contest.what, call.name) : contest.thinkDirect,
    expected: { decision: right, calls: right === 'call' ? [call] : [] },
    written,
    calls: written === 'call' ? [call] : [],
    // The direct answer is what the tool would have said: a stated fact agrees with the world.
    answer: (results) =>
      answer(written === 'call' ? first(results) : runTool(call.name, call.arguments, scene.world)),
    thinkAfter: () => 'I have the result.',
    systemFact: contest.systemFact,
  };
}

export const CONTESTED_INTENTS: readonly Intent[] = [
  {
    name: 'sum-with-calculator',
    group: 'contested',
    weight: 3,
    fits: (scene) => scene.listed.has('calculate'),
    write: (scene) => {
      const { random } = scene;
      const small = random.chance(0.5);
      const [x, y] = small ? [random.int(1, 9), random.int(1, 9)] : [random.int(10, 49), random.int(10, 49)];
      const [a, b] = [Math.max(x, y), Math.min(x, y)];
      const { sign, words } = random.pick([
        { sign: '+', words: 'plus' },
        { sign: '-', words: 'minus' },
      ]);
      const user = phrase(
        scene,
        [
          'What is {a} {words} {b}?',
          'How much is {a} {sign} {b}?',
          'Compute {a} {sign} {b}.',
          'Can you work out {a} {words} {b}?',
        ],
        { a, b, sign, words },
      );
      const expression = `${a}${sign}${b}`;
      return contestedTurn(scene, {
        user,
        call: { name: 'calculate', arguments: { expression } },
        right: small ? 'answer' : 'call',
        what: expression,
        thinkDirect: `${expression} is easy. No tool is needed.`,
        answer: (result) => `${a} ${words} ${b} is ${String(result.result)}.`,
      });
    },
  },
  {
    name: 'stated-contact',
    group: 'contested',
    weight: 2,
    fits: (scene) => scene.listed.has('find_contact'),
    write: (scene) => {
      const { name, result } = knownContact(scene);
      return contestedTurn(scene, {
        user: phrase(
          scene,
          ["What is {name}'s phone number?", "Give me {name}'s number.", 'Which number has {name}?'],
          { name },
        ),
        call: { name: 'find_contact', arguments: { name } },
        right: 'answer',
        what: `the number of ${name}`,
        thinkDirect: `${name}'s number is stated above. No tool is needed.`,
        answer: (r) => say.contact(scene, name, r),
        systemFact: `${name}'s number is ${String(result.phone)}.`,
      });
    },
  },
  {
    name: 'stated-stock',
    group: 'contested',
    weight: 2,
    fits: (scene) => scene.listed.has('check_stock'),
    write: (scene) => {
      const item = itemName(scene.random, scene.entities);
      const { count } = runTool('check_stock', { item }, scene.world);
      return contestedTurn(scene, {
        user: phrase(
          scene,
          [
            'How many of the {item} do we have?',
            'Is the {item} in stock?',
            'How many {item} items are there?',
          ],
          { item },
        ),
        call: { name: 'check_stock', arguments: { item } },
        right: 'answer',
        what: `the stock of ${item}`,
        thinkDirect: `The stock of ${item} is stated above. No tool is needed.`,
        answer: (r) => say.stock(scene, item, r),
        systemFact: `Stock of ${item}: ${String(count)}.`,
      });
    },
  },
  {
    name: 'stated-weather',
    group: 'contested',
    weight: 2,
    fits: (scene) => scene.listed.has('get_weather'),
    write: (scene) => {
      const city = cityName(scene.random, scene.entities);
      const { sky, celsius } = runTool('get_weather', { city }, scene.world);
      return contestedTurn(scene, {
        user: phrase(
          scene,
          [
            'What is the weather in {city}?',
            'How is the weather in {city} today?',
            'Is it warm in {city} now?',
          ],
          { city },
        ),
        call: { name: 'get_weather', arguments: { city } },
        right: 'answer',
        what: `the weather in ${city}`,
        thinkDirect: `The weather in ${city} is stated above. No tool is needed.`,
        answer: (r) => say.weather(scene, city, 'today', r),
        systemFact: `Weather in ${city} today: ${String(sky)}, ${String(celsius)} degrees.`,
      });
    },
  },
];

/** A person whom the contacts of this world know. */
function knownContact(scene: Scene): { name: string; result: ToolResult } {
  for (;;) {
    const name = personName(scene.random, scene.entities);
    const result = runTool('find_contact', { name }, scene.world);
    if ('phone' in result) return { name, result };
  }
}
