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
  const roll = random.next();
  const wanted =
    listed.size === 0
      ? 'direct'
      : roll < contestedShare
        ? 'contested'
        : roll < contestedShare + (1 - contestedShare) * TOOL_SHARE
          ? 'tool'
          : 'direct';
  const fitting = INTENTS.filter((intent) => intent.group === wanted && intent.fits(scene));
  const pool =
    fitting.length > 0
      ? fitting
      : INTENTS.filter((intent) => intent.group === 'direct' && intent.fits(scene));
  return random.weighted(pool, ({ weight }) => weight);
}
