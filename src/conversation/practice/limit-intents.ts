/**
 * @file Intents at the limits of the assistant: what nobody can do, what no listed tool can do, what was never stated,
 * and questions that lack an argument.
 */
import { cityName, firstName, itemName } from './entities';
import { FACTS } from './facts';
import type { Wording } from './frames';
import { capital } from './grammar';
import { type Intent, type Scene, directTurn, phrase, reply } from './intent';
import type { Skill } from './skill';
import { usable } from './tool-intents';

const always = (): boolean => true;

const CANNOT: readonly { actions: readonly string[]; cannot: string }[] = [
  { actions: ['send [an email|a letter|~a message] to {name}', 'email {name}'], cannot: 'send emails' },
  { actions: ['book [a taxi|a cab] to {city}', 'call a taxi[| to {city}]'], cannot: 'book taxis' },
  {
    actions: ['order [a pizza|food|lunch|~sushi] for {name}', 'bring me something to eat'],
    cannot: 'order food',
  },
  { actions: ['open the [door|window|~gate][| for {name}]'], cannot: 'open doors' },
  { actions: ['play [some music|a song|the radio|~a record]', 'sing a song'], cannot: 'play music' },
  { actions: ['[draw|paint|~sketch] [|me ]a picture of {city}', 'draw {name}'], cannot: 'draw pictures' },
  { actions: ['turn [on|off|~down] the [light|heating]'], cannot: 'turn on lights' },
  { actions: ['buy [a ticket|the {item}|a {item}|~shares]', 'order a {item}'], cannot: 'buy things' },
  { actions: ['[drive|take|~carry] me to {city}', 'come with me to {city}'], cannot: 'drive' },
  { actions: ['print [this|a page|the list|~my letter]'], cannot: 'print' },
];
const ALL_CANNOT: Wording = { actions: CANNOT.flatMap(({ actions }) => actions) };

const UNKNOWN: Wording = {
  queries: ['{subject}', 'what {subject} is', 'what you know about {subject}'],
  own: [
    'Which is {subject}?',
    '{Subject}: [what was it|which is it|do you know it|what is it now]?',
    '[Say|Name] {subject}.',
    'What is it, {subject}?',
    '{Subject} is what?',
    'You know {subject}. What is it?',
    'Do you remember {subject}?',
    'What was {subject}[| again]?',
    'I forgot {subject}.',
    '~{Subject}, what is it?',
  ],
};

/** Tools of which one may stand in for the other: a request for one is not refused where the other is listed. */
const NEAR: readonly (readonly string[])[] = [
  ['define_word', 'search_articles'],
  ['convert_currency', 'exchange_rate', 'calculate'],
  ['save_note', 'add_event', 'list_events', 'read_note'],
  ['calculate', 'convert_units'],
];

/** Skills that the conversation has no tool for, nor one that may stand in. */
function absent(scene: Scene): Skill[] {
  return scene.skills.filter(({ tool }) => {
    const near = NEAR.filter((group) => group.includes(tool)).flat();
    return ![tool, ...near].some((name) => scene.listed.has(name));
  });
}

const askable = (scene: Scene): Skill[] => usable(scene).filter(({ missing }) => missing !== undefined);

export const LIMIT_INTENTS: readonly Intent[] = [
  {
    name: 'unknown-fact',
    group: 'direct',
    weight: 1.5,
    fits: always,
    wording: UNKNOWN,
    write: (scene) => {
      const { subject } = scene.random.pick(
        FACTS.filter((fact) => fact.subject !== scene.memory.fact?.subject),
      );
      return directTurn(
        phrase(scene, UNKNOWN, { subject, Subject: capital(subject) }),
        `${capital(subject)} is not stated, and no tool knows it.`,
        `I do not know ${subject}.`,
        { decision: 'decline', remember: { unknownFact: subject } },
      );
    },
  },
  {
    name: 'cannot',
    group: 'direct',
    weight: 2,
    fits: always,
    wording: ALL_CANNOT,
    write: (scene) => {
      // Not every action has a reserved form; the frames around it have.
      const { actions, cannot } = scene.random.pick(CANNOT);
      const slots = {
        city: cityName(scene.random, scene.entities),
        name: firstName(scene.random, scene.entities),
        item: itemName(scene.random, scene.entities),
      };
      return directTurn(phrase(scene, { actions }, slots), `No tool can ${cannot}.`, `I cannot ${cannot}.`, {
        decision: 'decline',
      });
    },
  },
  {
    name: 'no-such-tool',
    group: 'direct',
    weight: 3,
    fits: (scene) => absent(scene).length > 0,
    write: (scene) => {
      const skill = scene.random.pick(absent(scene));
      const { slots } = skill.draw(scene);
      return directTurn(
        capital(phrase(scene, skill.wording, slots)),
        `No tool is listed for ${skill.topic}.`,
        `I have no tool for ${skill.topic}.`,
        { decision: 'decline' },
      );
    },
  },
  {
    name: 'missing-argument',
    group: 'direct',
    weight: 3,
    fits: (scene) => scene.memory.lastSkill === undefined && askable(scene).length > 0,
    write: (scene) => {
      const skill = scene.random.pick(askable(scene));
      const { what = '', ask = {}, back = [] } = skill.missing ?? {};
      const name = scene.listed.get(skill.tool)?.name ?? skill.tool;
      return directTurn(
        phrase(scene, ask),
        `${name} needs the ${what}, which is missing.`,
        reply(scene, back),
        {
          decision: 'ask',
          remember: { pending: skill },
        },
      );
    },
  },
];
