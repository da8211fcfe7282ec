/**
 * @file Intents that need a tool: one question, a follow-up, an argument supplied after it was asked for, two wishes in
 * one sentence. They are the same for every skill.
 */
import { type Wish, drawWish, thinkCalls, thinkResults } from './answers';
import { ACTION_FRAMES, QUERY_FRAMES } from './frames';
import { capital, drawPhrase, drawShare, fill } from './grammar';
import { type Intent, type Scene, type Turn, phrase } from './intent';
import { type Skill, answerOf, whatOf } from './skill';

/** The skills that the conversation can use. */
export function usable(scene: Scene): Skill[] {
  return scene.skills.filter((skill) => scene.listed.has(skill.tool));
}

/** A turn that is rightly answered by calling what is wished for. */
function callTurn(scene: Scene, wishes: readonly Wish[], user: string): Turn {
  const calls = wishes.map(({ call }) => call);
  const [only] = wishes;
  return {
    user,
    think: thinkCalls(scene, wishes),
    expected: { decision: 'call', calls },
    written: 'call',
    calls,
    answer: (results) =>
      wishes.map(({ skill, ask }, i) => answerOf(scene, skill, ask, results[i] ?? {})).join(' '),
    thinkAfter: thinkResults,
    remember: { lastSkill: wishes.length === 1 ? only?.skill : undefined },
  };
}

function needed(scene: Scene, skill: Skill): Wish {
  const wish = drawWish(scene, skill);
  if (!wish) throw new RangeError(`The tool ${skill.tool} is not listed.`);
  return wish;
}

/** A wish of the skill, and the user's sentence for it. */
function single(scene: Scene, skill: Skill, patterns?: readonly string[]): Turn {
  const wish = needed(scene, skill);
  const user = phrase(scene, patterns ? { own: patterns } : skill.wording, wish.ask.slots);
  return callTurn(scene, [wish], capital(user));
}

function pick(scene: Scene): Skill {
  return scene.random.pick(usable(scene));
}

/** One sentence for two wishes in order; a verb phrase does not follow a noun phrase. */
function together(scene: Scene, [first, second]: readonly [Wish, Wish]): string {
  const [one, two] = [whatOf(first.skill, first.ask), whatOf(second.skill, second.ask)];
  const frame = drawShare(scene.phrasings, (all) =>
    drawPhrase(first.skill.kind === 'action' ? ACTION_FRAMES : QUERY_FRAMES, scene.random, all),
  );
  const and = first.skill.kind === second.skill.kind ? 'and' : 'and tell me';
  return capital(fill(frame, { np: `${one} and ${two}`, vp: `${one} ${and} ${two}` }));
}

export const TOOL_INTENTS: readonly Intent[] = [
  {
    name: 'use-tool',
    group: 'tool',
    weight: 10,
    fits: (scene) => usable(scene).length > 0,
    write: (scene) => single(scene, pick(scene)),
  },
  {
    name: 'use-tool-again',
    group: 'tool',
    weight: 6,
    fits: ({ memory, listed, phrasings }) =>
      memory.lastSkill?.again !== undefined &&
      listed.has(memory.lastSkill.tool) &&
      (phrasings === 'seen' || memory.lastSkill.again.some((pattern) => pattern.startsWith('~'))),
    write: (scene) => {
      const skill = scene.memory.lastSkill ?? pick(scene);
      return single(scene, skill, skill.again);
    },
  },
  {
    name: 'supply-argument',
    group: 'tool',
    weight: 60,
    fits: ({ memory, listed }) => memory.pending !== undefined && listed.has(memory.pending.tool),
    write: (scene) => {
      const skill = scene.memory.pending ?? pick(scene);
      return single(scene, skill, skill.missing?.supply);
    },
  },
  {
    name: 'use-two-tools',
    group: 'tool',
    weight: 2.5,
    fits: (scene) => usable(scene).length > 0,
    write: (scene) => {
      const skills = usable(scene);
      const one = scene.random.pick(skills);
      const two = scene.random.chance(0.5) ? one : scene.random.pick(skills);
      const [first, second] = one.kind === 'query' && two.kind === 'action' ? [two, one] : [one, two];
      const wishes: [Wish, Wish] = [needed(scene, first), needed(scene, second)];
      return callTurn(scene, wishes, together(scene, wishes));
    },
  },
];
