/**
 * @file Intents of talk: greetings, what the assistant is and can do, small sums, general knowledge. None needs a tool.
 */
import { drawEasySum } from './contested-intents';
import { firstName } from './entities';
import { KNOWLEDGE } from './facts';
import type { Wording } from './frames';
import { fill } from './grammar';
import { type Intent, directTurn, phrase, reply } from './intent';
import { QUANTITY_SKILLS } from './skills/quantities';

const always = (): boolean => true;

const GREET: Wording = {
  own: [
    '[Hi|Hello|Hey|Good morning|Good evening|Good day|~Greetings|~Good afternoon][| there|~ my friend][!|.|]',
    '[Hi|Hello|Hey][,| there,] [how are you|how is it going|are you there|~how do you do|~nice to see you][?| today?]',
    '[Hi|Hello], I have a question.',
    '~Is anybody there?',
  ],
};
const INTRODUCE: Wording = {
  own: [
    '[Hi|Hello|Hey|Good morning|~Greetings][,|!|.] [I am|My name is|I am called|This is|~People call me] {name}.',
    '[I am|My name is|I am called|This is|~Call me] {name}.',
    '{name} here[|, hello|, hi].',
    '[Hi|Hello], {name} here.',
    '~You are talking to {name}.',
  ],
};
const RECALL_NAME: Wording = {
  queries: ['my name', '~the name I gave'],
  own: [
    'Who am I?',
    'What am I called?',
    'Do you [remember|still know|recall] my name?',
    'I forgot my name.',
    '~By what name do you know me?',
  ],
};
const THANKS: Wording = {
  own: [
    '[Thanks|Thank you|Great, thanks|OK, thanks|Perfect, thank you|Good, thanks|~Many thanks|~Cheers][| a lot| so much| for that| for your help][!|.]',
    'That [helps|is great|is good|was quick|~is perfect][, thanks|, thank you|][.|!]',
    '[Good|Great|Nice] work[, thanks|, thank you|][.|!]',
    '~How kind of you[, thanks|].',
  ],
};
const GOODBYE: Wording = {
  own: [
    '[Bye|Goodbye|Good night|See you|Have a good day|~Farewell][| then| later| for now][!|.]',
    'That is [all|it|everything][|, bye|, thanks| for today].',
    'I [have to|must|need to] [go|leave|stop here][|, bye| now].',
    '~I am off now.',
    '~Until [tomorrow|next time].',
  ],
};
const IDENTITY: Wording = {
  queries: ['your name', '~the name you go by'],
  own: [
    '[Who|What] are you?',
    'Tell me about yourself.',
    'What are you called?',
    'Do you have a name?',
    'Who am I talking to?',
    '~How shall I call you?',
  ],
};
const ABILITIES: Wording = {
  queries: ['your [tools|abilities|~functions]', 'the [tools|things] you can use'],
  own: [
    'What can you do[| for me| here]?',
    'What are you able to do[| for me]?',
    'How can you help[| me]?',
    'Which [tools|things] [do you have|can you use|do you know]?',
    'What [tools can you use|do you offer]?',
    '~With what can you help?',
    '~What is your use?',
  ],
};

export const TALK_INTENTS: readonly Intent[] = [
  {
    name: 'greet',
    group: 'direct',
    weight: 1.5,
    fits: (scene) => scene.turn === 0,
    wording: GREET,
    write: (scene) =>
      directTurn(
        phrase(scene, GREET),
        'A greeting. No tool is needed.',
        reply(scene, ['Hello! How can I help?', 'Hi! What can I do for you?']),
      ),
  },
  {
    name: 'introduce',
    group: 'direct',
    weight: 2.5,
    fits: (scene) => scene.memory.userName === undefined,
    wording: INTRODUCE,
    write: (scene) => {
      const name = firstName(scene.random, scene.entities);
      return directTurn(
        phrase(scene, INTRODUCE, { name }),
        `The user is called ${name}. No tool is needed.`,
        `Hello ${name}, how can I help?`,
        { states: [name], remember: { userName: name } },
      );
    },
  },
  {
    name: 'recall-name',
    group: 'direct',
    weight: 4,
    fits: (scene) => scene.memory.userName !== undefined,
    wording: RECALL_NAME,
    write: (scene) => {
      const name = scene.memory.userName ?? '';
      return directTurn(
        phrase(scene, RECALL_NAME),
        `The user's name is stated above: ${name}. No tool is needed.`,
        `Your name is ${name}.`,
        { states: [name] },
      );
    },
  },
  {
    name: 'thanks',
    group: 'direct',
    weight: 1,
    fits: (scene) => scene.turn > 0,
    wording: THANKS,
    write: (scene) =>
      directTurn(phrase(scene, THANKS), 'The user is thankful. No tool is needed.', 'You are welcome.'),
  },
  {
    name: 'goodbye',
    group: 'direct',
    weight: 2,
    fits: (scene) => scene.turn > 0 && scene.left === 1,
    wording: GOODBYE,
    write: (scene) => directTurn(phrase(scene, GOODBYE), 'The user leaves. No tool is needed.', 'Goodbye!'),
  },
  {
    name: 'identity',
    group: 'direct',
    weight: 1,
    fits: always,
    wording: IDENTITY,
    write: (scene) => {
      const name = scene.memory.persona ?? 'Pocket';
      return directTurn(
        phrase(scene, IDENTITY),
        `A question about me: ${name}. No tool is needed.`,
        `I am ${name}, a small assistant.`,
        { states: [name] },
      );
    },
  },
  {
    name: 'abilities',
    group: 'direct',
    weight: 1,
    fits: always,
    wording: ABILITIES,
    write: (scene) => {
      const names = [...scene.listed.values()].map(({ name }) => name);
      return directTurn(
        phrase(scene, ABILITIES),
        names.length > 0 ? 'A question about my tools.' : 'A question about me. No tool is listed.',
        names.length > 0 ? `I can use ${names.join(', ')}.` : 'I can talk and remember what you tell me.',
        { states: names },
      );
    },
  },
  {
    name: 'small-sum',
    group: 'direct',
    weight: 4,
    fits: (scene) => !scene.listed.has('calculate'),
    write: (scene) => {
      const wording = QUANTITY_SKILLS.find(({ tool }) => tool === 'calculate')?.wording ?? {};
      const { ask, value } = drawEasySum(scene, 9, 0);
      return directTurn(
        phrase(scene, wording, ask.slots),
        `${ask.args.expression} is ${value}. No tool is needed.`,
        fill(reply(scene, ['{sum} is {value}.', 'It is {value}.']), { ...ask.slots, value }),
        { states: [String(value)] },
      );
    },
  },
  {
    name: 'knowledge',
    group: 'direct',
    weight: 3,
    fits: always,
    wording: {
      queries: KNOWLEDGE.flatMap(({ wording }) => wording.queries ?? []),
      own: KNOWLEDGE.flatMap(({ wording }) => wording.own ?? []),
    },
    write: (scene) => {
      const { wording, pairs, answer } = scene.random.pick(KNOWLEDGE);
      const [key, value] = scene.random.pick(pairs);
      return directTurn(
        phrase(scene, wording, { key }),
        'I know this. No tool is needed.',
        fill(answer, { key, value }),
        { states: [value] },
      );
    },
  },
];
