/**
 * @file Contested intents: a tool that fits is listed, and whether to use it is a matter of judgement. Records show both
 * behaviours equally often, so that a model trained on them is undecided and a lesson can teach the rule, which is:
 * answer what the conversation states and what does not change (a height, a meaning), and sums of one-digit numbers; call
 * the tool for what changes (weather, a price) and was stated of another time, and for larger sums. What decides is said
 * in the thinking before the decision, in the same words for both: what is wanted, what is stated of it and of when. With
 * the decision first, 64 conversations did not teach earlier models the rule; probably because a model that is trained on a
 * draw by lot can leave the cue unread.
 */
import { type Wish, drawWish, thinkAnswers, thinkCalls, thinkResults } from './answers';
import { capital, fill } from './grammar';
import { type Intent, type Scene, type Turn, phrase } from './intent';
import { Random } from './prng';
import { type Skill, answerOf, resultSlots, resultStates } from './skill';
import { type Listing, type ToolResult, callOf } from './tool';
import { usable } from './tool-intents';
import { World } from './world';

/** One of both behaviours, each with probability one half, or the right one where only that is to be shown. */
function contestedTurn(
  scene: Scene,
  contest: {
    wish: Wish;
    user: string;
    /** Which behaviour is right. */
    right: 'call' | 'answer';
    /** What the thinking says after what is wanted, whichever is decided: what is stated, and of when. */
    known?: string;
    /** What it says there before an answer alone: a sum that was done in the head. */
    worked?: string;
    direct: () => string;
    states: string[];
    systemFact?: string;
  },
): Turn {
  const { wish, right } = contest;
  const { call, skill, ask } = wish;
  // Drawn either way, so that the rest of the question does not depend on what is shown.
  const drawn = scene.random.chance(0.5) ? 'call' : 'answer';
  const written = scene.contestedShown === 'right' ? right : drawn;
  return {
    user: contest.user,
    think:
      written === 'call'
        ? thinkCalls(scene, [wish], contest.known)
        : thinkAnswers(scene, wish, contest.known ?? contest.worked ?? ''),
    expected: { decision: right, calls: right === 'call' ? [call] : [] },
    written,
    calls: written === 'call' ? [call] : [],
    answer: ([result]) => (result ? answerOf(scene, skill, ask, result) : contest.direct()),
    thinkAfter: thinkResults,
    ...(right === 'answer' ? { states: contest.states } : {}),
    systemFact: contest.systemFact,
    remember: { lastSkill: skill },
  };
}

/** Skills whose answer can be stated beforehand: of what changes, or of what does not. */
const statable = (skills: readonly Skill[], changing: boolean): Skill[] =>
  skills.filter((skill) => skill.stated !== undefined && (skill.changing ?? false) === changing);

/** What was so at another time: another world's answers. */
const before = (world: World): World => new World(world.number ^ 0x5bd1e995);

/**
 * A question of what changes, or of what does not, that a listed tool answers in that world, and its answer. Undefined
 * where nothing is answered: no such tool is listed, or a calendar is empty all week.
 */
function knownWish(
  scene: Scene,
  changing: boolean,
  world: World,
): { wish: Wish; result: ToolResult } | undefined {
  const skills = statable(usable(scene), changing);
  for (let tries = 0; skills.length > 0 && tries < 200; tries++) {
    const wish = drawWish(scene, scene.random.pick(skills));
    if (!wish) continue;
    const result = world.copy().run(wish.call, [wish.listing]);
    if (resultStates(result).length > 0) return { wish, result };
  }
  return undefined;
}

/** True where there is such a question; looked for with numbers of its own, so that the turn's draws stay what they are. */
const isKnown = (scene: Scene, changing: boolean, world: World): boolean =>
  knownWish({ ...scene, random: new Random(scene.world.number) }, changing, world) !== undefined;

/** @throws RangeError where there is none; intents look first. */
function neededWish(scene: Scene, changing: boolean, world: World): { wish: Wish; result: ToolResult } {
  const known = knownWish(scene, changing, world);
  if (!known) throw new RangeError('No listed tool has an answer that could be stated.');
  return known;
}

/** The fact in the system turn or, every third time, in the user's own message before the question. */
function withFact(scene: Scene, fact: string, question: string): { user: string; systemFact?: string } {
  return scene.random.chance(0.33) ? { user: `${fact} ${question}` } : { user: question, systemFact: fact };
}

/** True where a conversation with these tools can ask contested questions of both sides. */
export function canContest(listings: readonly Listing[], skills: readonly Skill[]): boolean {
  const names = new Set(listings.map(({ tool }) => tool.name));
  const listed = skills.filter(({ tool }) => names.has(tool));
  if (listed.some(({ tool }) => tool === 'calculate')) return true;
  return [true, false].every((changing) => statable(listed, changing).length > 0);
}

const TIMES = ['Yesterday', 'Last week', 'Last month', 'Last year', 'A year ago'] as const;

export const CONTESTED_INTENTS: readonly Intent[] = [
  {
    name: 'stated-answer',
    group: 'contested',
    weight: 5,
    right: 'answer',
    fits: (scene) => isKnown(scene, false, scene.world),
    write: (scene) => {
      const { wish, result } = neededWish(scene, false, scene.world);
      const { skill, ask } = wish;
      const fact = capital(fill(skill.stated ?? '', { ...ask.slots, ...resultSlots(result) }));
      const question = phrase(scene, skill.wording, ask.slots);
      const states = resultStates(result);
      return contestedTurn(scene, {
        wish,
        ...withFact(scene, fact, capital(question)),
        right: 'answer',
        known: `It is stated above: ${states.join(', ')}.`,
        direct: () => answerOf(scene, skill, ask, result),
        states,
      });
    },
  },
  {
    name: 'outdated-answer',
    group: 'contested',
    weight: 5,
    right: 'call',
    fits: (scene) => isKnown(scene, true, before(scene.world)),
    write: (scene) => {
      const { wish, result } = neededWish(scene, true, before(scene.world));
      const { skill, ask } = wish;
      const time = scene.random.pick(TIMES);
      const fact = `${time}: ${fill(skill.stated ?? '', { ...ask.slots, ...resultSlots(result) })}`;
      const question = phrase(scene, skill.wording, ask.slots);
      const states = resultStates(result);
      return contestedTurn(scene, {
        wish,
        ...withFact(scene, fact, capital(question)),
        right: 'call',
        known: `${time} it was: ${states.join(', ')}.`,
        direct: () => `${time}: ${answerOf(scene, skill, ask, result)}`,
        states,
      });
    },
  },
  sumIntent('answer'),
  sumIntent('call'),
];

/** A sum where the calculator is listed: of one-digit numbers where the answer is right, of two-digit ones where the call is. */
function sumIntent(right: 'call' | 'answer'): Intent {
  const easy = right === 'answer';
  return {
    name: 'sum-with-calculator',
    group: 'contested',
    weight: 7,
    right,
    fits: (scene) => usable(scene).some(({ tool }) => tool === 'calculate'),
    write: (scene) => {
      const skill = usable(scene).find(({ tool }) => tool === 'calculate');
      const listing = scene.listed.get('calculate');
      if (!skill || !listing) throw new RangeError('The tool calculate is not listed.');
      const { ask, value } = drawEasySum(scene, easy ? 9 : 99, easy ? 1 : 11);
      const wish = { skill, ask, listing, call: callOf(listing, ask.args) };
      return contestedTurn(scene, {
        wish,
        user: capital(phrase(scene, skill.wording, ask.slots)),
        right,
        worked: `It is ${value}.`,
        direct: () => answerOf(scene, skill, ask, { result: value }),
        states: [String(value)],
      });
    },
  };
}

/** A sum or difference of two numbers up to `high`, never below 0, with the slots of the calculator's skill. */
export function drawEasySum(
  { random }: Scene,
  high: number,
  low: number,
): { ask: { args: { expression: string }; slots: { [name: string]: string } }; value: number } {
  const [x, y] = [random.int(low, high), random.int(low, high)];
  const [a, b] = [Math.max(x, y), Math.min(x, y)];
  const plus = random.chance(0.5);
  const expression = `${a}${plus ? '+' : '-'}${b}`;
  const slots = {
    expression,
    sum: `${a} ${plus ? 'plus' : 'minus'} ${b}`,
    signs: `${a} ${plus ? '+' : '-'} ${b}`,
    verb: plus ? `add ${a} and ${b}` : `subtract ${b} from ${a}`,
  };
  return { ask: { args: { expression }, slots }, value: plus ? a + b : a - b };
}
