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
    '[Hi|Hello|Hey|Good morning|Good evening|Good day|Hello again|Hi again|A good day to you|Welcome|~Greetings|~Good afternoon][| there| everybody| you| friend|~ my friend][!|.|]',
    '[Hi|Hello|Hey][,| there,] [how are you|how is it going|are you there|how do you feel|nice to meet you|good to see you|what is new|how is your day|is anybody here|~how do you do|~nice to see you][?| today?]',
    '[Hi|Hello], [I have a question|I need help|I am new here|it is me|here I am].',
    '[Are you there|Is somebody there|Can you hear me|Are you ready|Do you hear me]?',
    '~Is anybody there?',
  ],
};
const INTRODUCE: Wording = {
  own: [
    '[Hi|Hello|Hey|Good morning|~Greetings][,|!|.] [I am|My name is|I am called|This is|~People call me] {name}.',
    '[I am|My name is|I am called|This is|~Call me] {name}.',
    '[You can call me|You may call me|Please call me|Everybody calls me|My friends call me|They call me] {name}.',
    '[You can call me|You may call me|My friends call me|I go by the name of|I go by|The name is] {name}[|, by the way].',
    '[You are speaking to|You are talking with|You speak with|It is me,|I sign as] {name}.',
    '[It is|It was] {name} [who talks to you|who asks|who is writing].',
    '{name} is my name.',
    '{name} is what [people|my friends] call me.',
    '{name} here[|, hello|, hi].',
    '[Hi|Hello], {name} here.',
    '~You are talking to {name}.',
  ],
};
const RECALL_NAME: Wording = {
  queries: [
    'my name',
    'my own name',
    'the name I told you',
    'the name that I go by',
    'what I am called',
    '~the name I gave',
  ],
  own: [
    'Who am I?',
    'What am I called?',
    'Do you [remember|still know|recall] my name?',
    'I forgot my name.',
    '[Say|Tell me|Repeat] [who I am|what I am called|my name].',
    '[With|Under] [which|what] name [do you know me|am I known to you]?',
    'How do you call me?',
    'Which name did I [give|tell] you?',
    'You know me. What is my name?',
    'Have you [forgotten|kept] my name?',
    '~By what name do you know me?',
  ],
};
const THANKS: Wording = {
  own: [
    '[Thanks|Thank you|Great, thanks|OK, thanks|Fine, thanks|All right, thanks|Very good, thanks|Thanks again|Thank you again|A big thank you|My thanks|Perfect, thank you|Good, thanks|~Many thanks|~Cheers][| a lot| so much| for that| for your help][!|.]',
    'That [helps|is great|is good|was quick|was helpful|was kind of you|is kind|was fast|is fine|is very good|is all I need|is just right|is what I wanted|~is perfect][, thanks|, thank you|][.|!]',
    '[Good|Great|Nice|Fine] [work|job|answer][, thanks|, thank you|][.|!]',
    'You [are kind|are a great help|did well|helped me|are very helpful][, thanks|, thank you|][.|!]',
    '[How nice of you|So kind of you|Very kind][, thanks|, thank you|].',
    '~How kind of you[, thanks|].',
  ],
};
const GOODBYE: Wording = {
  own: [
    '[Bye|Goodbye|Good night|See you|Have a good day|Bye bye|Take care|So long|Until then|Until later|See you again|~Farewell][| then| later| for now][!|.]',
    'That [is|was] [all|it|everything|the last question|enough][|, bye|, thanks| for today].',
    'I am [leaving|going|done|finished|going home|off to bed][| now| for today][|, bye].',
    'We [talk|speak] again tomorrow.',
    'Until [Monday|the next day|we meet again|this evening].',
    'I [have to|must|need to] [go|leave|stop here][|, bye| now].',
    '~I am off now.',
    '~Until [tomorrow|next time].',
  ],
};
const IDENTITY: Wording = {
  queries: [
    'your name',
    'your own name',
    'the name you have',
    'who you are',
    'what you are called',
    'the name that I can call you by',
    '~the name you go by',
  ],
  own: [
    '[Who|What] are you?',
    'Tell me about yourself.',
    'What are you called?',
    'Do you have a name?',
    'Who am I talking to?',
    'Who is [this|there|speaking|talking to me]?',
    '[Are you a person|Are you a robot|Are you somebody]?',
    'How [do|can|should] [I|people] call you?',
    'Which name do you [have|use]?',
    'By which name are you known?',
    'Introduce yourself.',
    'Say who you are.',
    'What is it that you are called?',
    '~How shall I call you?',
  ],
};
const ABILITIES: Wording = {
  queries: [
    'your [tools|abilities|skills|~functions]',
    'the [tools|things] you can use',
    'the list of [your tools|tools]',
    'what you can [do|help with]',
  ],
  own: [
    'What can you do[| for me| here]?',
    'What are you able to do[| for me]?',
    'How can you help[| me]?',
    '[With which things|With what|In which way] can you [help me|be of help|assist]?',
    'What are you [good at|good for|made for|here for|useful for]?',
    'What [is it that you do|do you do|can I ask you]?',
    'Is there a list of your tools?',
    'Name [your tools|what you can use].',
    'List [your tools|the tools|what you can do].',
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
    bare: true,
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
    bare: true,
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
    bare: true,
    weight: 1,
    fits: (scene) => scene.turn > 0,
    wording: THANKS,
    write: (scene) =>
      directTurn(phrase(scene, THANKS), 'The user is thankful. No tool is needed.', 'You are welcome.'),
  },
  {
    name: 'goodbye',
    group: 'direct',
    bare: true,
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
    weight: 6,
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
