/**
 * @file Contested intents: a tool that fits is listed, and whether to use it is a matter of judgement. Records show both
 * behaviours equally often, so that a model trained on them is undecided and a lesson can teach the rule, which is:
 * answer what the conversation states and sums of one-digit numbers; call the tool for what it states of another time
 * and for larger sums.
 */
import { type Wish, drawWish, thinkCalls, thinkResults } from './answers';
import { capital, fill } from './grammar';
import { type Intent, type Scene, type Turn, phrase } from './intent';
import { type Skill, answerOf, resultSlots, resultStates, whatOf } from './skill';
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
    thinkDirect: string;
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
    think: written === 'call' ? thinkCalls(scene, [wish]) : contest.thinkDirect,
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

const statable = (scene: Scene): Skill[] => usable(scene).filter((skill) => skill.stated !== undefined);

/** A question whose answer in that world is something, and that answer. */
function knownWish(scene: Scene, world: World): { wish: Wish; result: ToolResult } {
  const skills = statable(scene);
  for (let tries = 0; tries < 200; tries++) {
    const wish = drawWish(scene, scene.random.pick(skills));
    if (!wish) continue;
    const result = world.copy().run(wish.call, [wish.listing]);
    if (resultStates(result).length > 0) return { wish, result };
  }
  throw new RangeError('No tool had an answer in 200 draws.');
}

/** The fact in the system turn or, every third time, in the user's own message before the question. */
function withFact(scene: Scene, fact: string, question: string): { user: string; systemFact?: string } {
  return scene.random.chance(0.33) ? { user: `${fact} ${question}` } : { user: question, systemFact: fact };
}

/** True where a conversation with these tools can ask contested questions of both sides. */
export function canContest(listings: readonly Listing[], skills: readonly Skill[]): boolean {
  const listed = new Set(listings.map(({ tool }) => tool.name));
  return skills.some(
    ({ tool, stated, changing }) =>
      listed.has(tool) && (tool === 'calculate' || (stated !== undefined && changing === true)),
  );
}

const TIMES = ['Yesterday', 'Last week', 'Last month', 'Last year', 'A year ago'] as const;

export const CONTESTED_INTENTS: readonly Intent[] = [
  {
    name: 'stated-answer',
    group: 'contested',
    weight: 5,
    right: 'answer',
    fits: (scene) => statable(scene).length > 0,
    write: (scene) => {
      const { wish, result } = knownWish(scene, scene.world);
      const { skill, ask } = wish;
      const fact = capital(fill(skill.stated ?? '', { ...ask.slots, ...resultSlots(result) }));
      const question = phrase(scene, skill.wording, ask.slots);
      const states = resultStates(result);
      return contestedTurn(scene, {
        wish,
        ...withFact(scene, fact, capital(question)),
        right: 'answer',
        thinkDirect: capital(
          `${whatOf(skill, ask)} is stated above: ${states.join(', ')}. No tool is needed.`,
        ),
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
    fits: (scene) => statable(scene).some(({ changing }) => changing),
    write: (scene) => {
      const changing = { ...scene, skills: scene.skills.filter(({ changing }) => changing) };
      // What was so at another time is what another world answers.
      const { wish, result } = knownWish(changing, new World(scene.world.number ^ 0x5bd1e995));
      const { skill, ask } = wish;
      const time = scene.random.pick(TIMES);
      const fact = `${time}: ${fill(skill.stated ?? '', { ...ask.slots, ...resultSlots(result) })}`;
      const question = phrase(scene, skill.wording, ask.slots);
      const states = resultStates(result);
      return contestedTurn(scene, {
        wish,
        ...withFact(scene, fact, capital(question)),
        right: 'call',
        thinkDirect: capital(
          `${whatOf(skill, ask)} is stated above: ${states.join(', ')}. No tool is needed.`,
        ),
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
      const expression = ask.slots.expression ?? '';
      return contestedTurn(scene, {
        wish,
        user: capital(phrase(scene, skill.wording, ask.slots)),
        right,
        thinkDirect: `${expression} is ${value}. No tool is needed.`,
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
