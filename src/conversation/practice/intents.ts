/**
 * @file All intents, and the choice of one for a turn.
 */
import { CONTESTED_INTENTS } from './contested-intents';
import type { Intent, Scene } from './intent';
import { LIMIT_INTENTS } from './limit-intents';
import { MEMORY_INTENTS } from './memory-intents';
import { TALK_INTENTS } from './talk-intents';
import { TOOL_INTENTS } from './tool-intents';

export const INTENTS: readonly Intent[] = [
  ...TALK_INTENTS,
  ...MEMORY_INTENTS,
  ...LIMIT_INTENTS,
  ...TOOL_INTENTS,
  ...CONTESTED_INTENTS,
];

/** Of the turns of conversations with tools that are not contested, the part that needs one. */
const TOOL_SHARE = 0.65;

/**
 * An intent that fits the scene. Where tools are listed, the contested share comes first; a question for a missing
 * argument is mostly followed by that argument.
 */
export function chooseIntent(scene: Scene, contestedShare: number): Intent {
  const { random, listed, memory } = scene;
  const supply = INTENTS.find(({ name }) => name === 'supply-argument');
  if (supply?.fits(scene) && memory.pending && random.chance(0.85)) return supply;
  const contested = listed.size > 0 && random.chance(contestedShare) ? contestedSide(scene) : [];
  if (contested.length > 0) return random.weighted(contested, ({ weight }) => weight);
  const wanted = listed.size > 0 && random.chance(TOOL_SHARE) ? 'tool' : 'direct';
  const fitting = fittingOf(wanted, scene);
  const pool = fitting.length > 0 ? fitting : fittingOf('direct', scene);
  return random.weighted(pool, ({ weight }) => weight);
}

const fittingOf = (group: Intent['group'], scene: Scene): Intent[] =>
  INTENTS.filter((intent) => intent.group === group && intent.fits(scene));

/**
 * The contested intents of one side, each side with probability one half; none where only one side can be asked. What is
 * right would else be told by the tools that are listed, and mostly be the same: data that shows what is right would teach
 * to answer, or to call, whatever is stated.
 */
function contestedSide(scene: Scene): Intent[] {
  const fitting = fittingOf('contested', scene);
  const side = scene.random.chance(0.5) ? 'call' : 'answer';
  const other = fitting.some(({ right }) => right !== side);
  return other ? fitting.filter(({ right }) => right === side) : [];
}
