/**
 * @file Intents of talk: greetings, small sums, general knowledge, and things stated earlier. None needs a tool.
 */
import { FACTS, KNOWLEDGE, capital } from './facts';
import { type Intent, directTurn, phrase } from './intent';
import { looseWord, personName } from './words';

const always = (): boolean => true;

const SMALL = [
  { sign: '+', words: 'plus', of: (a: number, b: number) => a + b },
  { sign: '-', words: 'minus', of: (a: number, b: number) => a - b },
  { sign: '*', words: 'times', of: (a: number, b: number) => a * b },
];

export const TALK_INTENTS: readonly Intent[] = [
  {
    name: 'greet',
    group: 'direct',
    weight: 2,
    fits: (scene) => scene.turn === 0,
    write: (scene) =>
      directTurn(
        phrase(scene, [
          'Hi',
          'Hello!',
          'Hi there.',
          'Good morning.',
          'Hey, how are you?',
          'Good evening.',
          'Hello there!',
        ]),
        'A greeting. No tool is needed.',
        scene.random.pick(['Hello! How can I help?', 'Hi! What can I do for you?']),
      ),
  },
  {
    name: 'introduce',
    group: 'direct',
    weight: 3,
    fits: (scene) => scene.memory.userName === undefined,
    write: (scene) => {
      const name = personName(scene.random, scene.entities);
      return {
        ...directTurn(
          phrase(
            scene,
            ['Hi, I am {name}.', 'Hello! My name is {name}.', 'I am {name}.', '{name} here, hello.'],
            { name },
          ),
          `The user is called ${name}. No tool is needed.`,
          `Hello ${name}, how can I help?`,
        ),
        remember: { userName: name },
      };
    },
  },
  {
    name: 'recall-name',
    group: 'direct',
    weight: 4,
    fits: (scene) => scene.memory.userName !== undefined,
    write: (scene) =>
      directTurn(
        phrase(scene, ['What is my name?', 'Do you remember my name?', 'Who am I?', 'How am I called?']),
        'The name was stated above. No tool is needed.',
        `Your name is ${scene.memory.userName ?? ''}.`,
      ),
  },
  {
    name: 'thanks',
    group: 'direct',
    weight: 1,
    fits: (scene) => scene.turn > 0,
    write: (scene) =>
      directTurn(
        phrase(scene, ['Thanks!', 'Thank you.', 'Great, thank you!', 'That helps, thanks.']),
        'The user is thankful. No tool is needed.',
        'You are welcome.',
      ),
  },
  {
    name: 'identity',
    group: 'direct',
    weight: 1,
    fits: always,
    write: (scene) =>
      directTurn(
        phrase(scene, ['Who are you?', 'What are you?', 'What is your name?', 'Tell me about yourself.']),
        'A question about me. No tool is needed.',
        `I am ${scene.memory.persona ?? 'Pocket'}, a small assistant.`,
      ),
  },
  {
    name: 'small-sum',
    group: 'direct',
    weight: 4,
    fits: (scene) => !scene.listed.has('calculate'),
    write: (scene) => {
      const [x, y] = [scene.random.int(0, 9), scene.random.int(0, 9)];
      const [a, b] = [Math.max(x, y), Math.min(x, y)];
      const { sign, words, of } = scene.random.pick(SMALL);
      return directTurn(
        phrase(
          scene,
          [
            'What is {a} {words} {b}?',
            'How much is {a} {sign} {b}?',
            'Compute {a} {sign} {b}.',
            'Do you know {a} {words} {b}?',
          ],
          { a, b, sign, words },
        ),
        `${a}${sign}${b} is easy. No tool is needed.`,
        `${a} ${words} ${b} is ${of(a, b)}.`,
      );
    },
  },
  {
    name: 'knowledge',
    group: 'direct',
    weight: 3,
    fits: always,
    write: (scene) => {
      const { questions, pairs, answer } = scene.random.pick(KNOWLEDGE);
      const [key, value] = scene.random.pick(pairs);
      return directTurn(
        phrase(scene, questions, { key }),
        'I know this. No tool is needed.',
        answer.replace('{key}', key).replace('{value}', value),
      );
    },
  },
  {
    name: 'remember',
    group: 'direct',
    weight: 2,
    fits: (scene) => scene.memory.fact === undefined,
    write: (scene) => {
      const { subject, value } = scene.random.pick(FACTS);
      const fact = { subject, value: value(scene) };
      return {
        ...directTurn(
          phrase(
            scene,
            [
              'Remember: {subject} is {value}.',
              'Please note that {subject} is {value}.',
              'Keep in mind that {subject} is {value}.',
            ],
            { ...fact },
          ),
          'The user states a fact. No tool is needed.',
          `Noted: ${fact.subject} is ${fact.value}.`,
        ),
        remember: { fact },
      };
    },
  },
  {
    name: 'recall-fact',
    group: 'direct',
    weight: 5,
    fits: (scene) => scene.memory.fact !== undefined,
    write: (scene) => {
      const { subject, value } = scene.memory.fact ?? { subject: '', value: '' };
      return directTurn(
        phrase(
          scene,
          ['What is {subject}?', 'Tell me {subject}.', 'Do you remember {subject}?', 'I forgot {subject}.'],
          { subject },
        ),
        `${capital(subject)} was stated above. No tool is needed.`,
        `${capital(subject)} is ${value}.`,
      );
    },
  },
  {
    name: 'system-fact',
    group: 'direct',
    weight: 3,
    // Once the assistant has said that it does not know a fact, the system turn must not state one.
    fits: (scene) => scene.memory.fact === undefined && scene.memory.unknownFact === undefined,
    write: (scene) => {
      const { subject, value } = scene.random.pick(FACTS);
      const fact = { subject, value: value(scene) };
      return {
        ...directTurn(
          phrase(
            scene,
            ['What is {subject}?', 'Tell me {subject}.', 'I need {subject}.', 'Can you tell me {subject}?'],
            { ...fact },
          ),
          `${capital(subject)} was stated above. No tool is needed.`,
          `${capital(subject)} is ${fact.value}.`,
        ),
        systemFact: `${capital(subject)} is ${fact.value}.`,
        remember: { fact },
      };
    },
  },
  {
    name: 'repeat',
    group: 'direct',
    weight: 4,
    fits: always,
    write: (scene) => {
      const count = scene.random.int(1, 9);
      const words = Array.from({ length: count }, () => looseWord(scene.random, scene.entities)).join(' ');
      return directTurn(
        phrase(
          scene,
          ['Repeat: {words}', 'Say after me: {words}', 'Repeat these words: {words}', 'Write this: {words}'],
          { words },
        ),
        'I repeat the words. No tool is needed.',
        words,
      );
    },
  },
];
