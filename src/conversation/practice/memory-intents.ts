/**
 * @file Intents about what the conversation itself states, and about copying from it: facts, words to repeat, JSON to
 * write. None needs a tool; all need reading what stands above.
 */
import { cityName, firstName, itemName, looseWord } from './entities';
import { FACTS } from './facts';
import type { Wording } from './frames';
import { capital } from './grammar';
import { type Intent, type Scene, directTurn, phrase } from './intent';

const always = (): boolean => true;

const REMEMBER: Wording = {
  actions: [
    '[remember|note|keep in mind|know|learn|store|write down|~bear in mind] that {subject} is {value}',
    'keep this[| in mind]: {subject} is {value}',
  ],
  own: [
    'Remember: {subject} is {value}.',
    'For later: {subject} is {value}.',
    '[For your information|Just so you know|Let me tell you|A fact|It is important|Listen]: {subject} is {value}.',
    'By the way, {subject} is {value}.',
    '{Subject} is {value}. [I will ask you later|You will need it|It is good to know|I may ask for it|Do not lose it].',
    '{Subject} is {value}. [Remember that|Keep it in mind|~Do not forget it].',
    'You should know that {subject} is {value}.',
    '~It may matter that {subject} is {value}.',
  ],
};
const RECALL: Wording = {
  queries: [
    '{subject}',
    '{subject} again',
    'what I said about {subject}',
    'what {subject} is',
    '~{subject} once more',
  ],
  own: [
    'Do you [remember|recall|still know] {subject}?',
    'I forgot {subject}.',
    'What was {subject}[| again]?',
    '{Subject}: [what was it|which is it|do you know it|what is it|say it]?',
    '[Say|Repeat|Name] {subject}[| again].',
    'I told you {subject}. What is it?',
    'Which was it, {subject}?',
    '{Subject} is what?',
    '~{Subject}, what was it?',
    '~Which was {subject}?',
  ],
};
const SYSTEM_FACT: Wording = {
  queries: ['{subject}', 'what {subject} is', 'what you know about {subject}'],
  own: [
    'Which is {subject}?',
    'I forgot {subject}.',
    '{Subject}: [what was it|which is it|do you know it|what is it now]?',
    '[Say|Name] {subject}.',
    'What is it, {subject}?',
    '{Subject} is what?',
    'You know {subject}. What is it?',
    'Do you remember {subject}?',
    'What was {subject}?',
    '~{Subject}, what is it?',
  ],
};
const REPEAT: Wording = {
  own: [
    '[Repeat|Say|Write|Copy|Type|Print|Speak|Read out|Send back|~Echo][| this| after me| these words| exactly this| for me][|, please]: {words}',
    '[Can you|Could you|Will you|Please|I want you to|You should] [repeat|say|write|copy|type|~echo] [this|these words|what follows|~the following]: {words}',
    '[The words are|My words are|Here are some words|These are the words]: {words}. [Repeat them|Say them|Give them back|Write them again].',
    '[Give me|Say] [this|these words] [again|back]: {words}',
    'Answer with [this|these words|exactly this]: {words}',
    'I say, and you repeat: {words}',
    'Say after me, please: {words}',
    'What I say, you say: {words}',
    '~Give me back these words: {words}',
  ],
};
const WHICH: Wording = {
  own: [
    '[Which word|Which one|What|Which entry] [comes|is|stands|is found] {place} in [this list|my list|this row|~this series]: {words}?',
    'What is the {place} [of these|word|one|word of this list]: {words}?',
    '[Tell me|Give me|Say|I need|~Pick] the {place} [word|one|entry] of[| this list]: {words}',
    '{words}: [what is|which is|tell me] the {place} of them?',
    '[Here is a list|My list|A row|A list of words|Some words]: {words}. [Which one is|What comes|Which stands|Name what is|I need what comes] {place}?',
    '[From|Out of|In|Among] [this|the list]: {words}: which [is|comes|stands] {place}?',
    '{words}. Which of these [is|comes|stands] {place}?',
    'Take the {place} [one|word] [of|from]: {words}',
    'Which comes {place}: {words}?',
    '~Of {words}, which stands {place}?',
  ],
};
const JSON_WORDING: Wording = {
  actions: [
    '[write|make|give me|~produce] JSON with {list}',
    '[write|make|~produce] a JSON object with {list}',
    '[build|create|print|form|give me|show] [JSON|an object in JSON|a JSON object] [with|of|from|for|out of] {list}',
    '[turn|change|convert] {list} [to|into] JSON',
    'write {list} [as|in] JSON',
  ],
  own: [
    'As JSON: {list}.',
    'JSON for {list}, please.',
    '{list}, as JSON.',
    'In JSON: {list}.',
    'JSON: {list}.',
    '{list}: [write|say|put|give me] that [in|as|into] JSON.',
    'I need JSON [of|with|for] {list}.',
    'How is {list} [written|said] in JSON?',
    '[Put|Bring] this into JSON: {list}.',
    '~Put {list} into JSON.',
  ],
};

function drawFact(scene: Scene): { subject: string; value: string } {
  const { subject, value } = scene.random.pick(
    FACTS.filter((fact) => fact.subject !== scene.memory.unknownFact),
  );
  return { subject, value: value(scene) };
}

const slotsOf = (fact: { subject: string; value: string }): { [name: string]: string } => ({
  ...fact,
  Subject: capital(fact.subject),
});

/** Keys and values of a small object, with the words that say them. */
function drawFields(scene: Scene): { list: string; json: string; values: string[] } {
  const { random, entities } = scene;
  const kinds = {
    name: () => firstName(random, entities),
    city: () => cityName(random, entities),
    item: () => itemName(random, entities),
    number: () => random.int(2, 9999),
    word: () => looseWord(random, entities),
  };
  const keys = random.shuffle(Object.keys(kinds) as (keyof typeof kinds)[]).slice(0, random.int(1, 3));
  const fields = keys.map((key) => [key, kinds[key]()] as const);
  return {
    list: fields.map(([key, value]) => `${key} ${value}`).join(random.chance(0.5) ? ', ' : ' and '),
    json: `{${fields.map(([key, value]) => `"${key}": ${JSON.stringify(value)}`).join(', ')}}`,
    values: fields.map(([, value]) => String(value)),
  };
}

export const MEMORY_INTENTS: readonly Intent[] = [
  {
    name: 'remember',
    group: 'direct',
    weight: 2,
    fits: (scene) => scene.memory.fact === undefined,
    wording: REMEMBER,
    write: (scene) => {
      const fact = drawFact(scene);
      return directTurn(
        phrase(scene, REMEMBER, slotsOf(fact)),
        `The user states a fact: ${fact.subject} is ${fact.value}.`,
        `Noted: ${fact.subject} is ${fact.value}.`,
        { states: [fact.value], remember: { fact } },
      );
    },
  },
  {
    name: 'recall-fact',
    group: 'direct',
    weight: 5,
    fits: (scene) => scene.memory.fact !== undefined,
    wording: RECALL,
    write: (scene) => {
      const fact = scene.memory.fact ?? { subject: '', value: '' };
      return directTurn(
        phrase(scene, RECALL, slotsOf(fact)),
        `${capital(fact.subject)} is stated above: ${fact.value}. No tool is needed.`,
        `${capital(fact.subject)} is ${fact.value}.`,
        { states: [fact.value] },
      );
    },
  },
  {
    name: 'system-fact',
    group: 'direct',
    weight: 3,
    // Once the assistant has said that it does not know a fact, the system turn must not state one.
    fits: (scene) => scene.memory.fact === undefined && scene.memory.unknownFact === undefined,
    wording: SYSTEM_FACT,
    write: (scene) => {
      const fact = drawFact(scene);
      return directTurn(
        phrase(scene, SYSTEM_FACT, slotsOf(fact)),
        `${capital(fact.subject)} is stated above: ${fact.value}. No tool is needed.`,
        `${capital(fact.subject)} is ${fact.value}.`,
        {
          states: [fact.value],
          systemFact: `${capital(fact.subject)} is ${fact.value}.`,
          remember: { fact },
        },
      );
    },
  },
  {
    name: 'repeat',
    group: 'direct',
    weight: 3,
    fits: always,
    wording: REPEAT,
    write: (scene) => {
      const count = scene.random.int(1, 9);
      const words = Array.from({ length: count }, () => looseWord(scene.random, scene.entities)).join(' ');
      return directTurn(phrase(scene, REPEAT, { words }), 'I repeat the words. No tool is needed.', words, {
        states: [words],
      });
    },
  },
  {
    name: 'which-word',
    group: 'direct',
    weight: 1.5,
    fits: always,
    wording: WHICH,
    write: (scene) => {
      const words = Array.from({ length: scene.random.int(2, 5) }, () =>
        looseWord(scene.random, scene.entities),
      );
      const place = scene.random.pick(['first', 'last'] as const);
      const word = (place === 'first' ? words[0] : words.at(-1)) ?? '';
      return directTurn(
        phrase(scene, WHICH, { words: words.join(', '), place }),
        `The ${place} one is ${word}. No tool is needed.`,
        `The ${place} is ${word}.`,
        { states: [word] },
      );
    },
  },
  {
    name: 'write-json',
    group: 'direct',
    weight: 2.5,
    fits: always,
    wording: JSON_WORDING,
    write: (scene) => {
      const { list, json } = drawFields(scene);
      return directTurn(phrase(scene, JSON_WORDING, { list }), 'I write JSON. No tool is needed.', json, {
        states: [json],
      });
    },
  },
];
