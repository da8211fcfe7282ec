/**
 * @file Before a run: what its batches will take in memory, and whether layers are computed twice so that they fit.
 */
import { LosslightError } from '../errors';
import type { BatchShape, Engine, RunDemand } from '../model/engine';
import { bucketLength } from '../plan/buckets';
import type { MemoryChoice, TrainSettings } from '../worker/protocol';
import type { RowsAt } from './policy-lengths';

/**
 * Chooses for batches of these shapes.
 *
 * @param wish `auto` recomputes only where memory would not do otherwise
 * @param demand what the run does beside plain steps
 * @returns undefined where the engine cannot tell; a choice with a `problem` where nothing helps
 */
export function chooseMemory(
  engine: Engine,
  shapes: readonly BatchShape[],
  wish: TrainSettings['recompute'] = 'auto',
  demand: RunDemand = {},
): MemoryChoice | undefined {
  if (!engine.forecast) return undefined;
  const wanted = wish === 'always';
  const forecast = engine.forecast(shapes, wanted, demand);
  if (!forecast.problem || wish !== 'auto') return { ...forecast, recompute: wanted };
  const smaller = engine.forecast(shapes, true, demand);
  // Where that does not help either, the plainer one says what is missing.
  return smaller.problem ? { ...forecast, recompute: false } : { ...smaller, recompute: true };
}

/**
 * The same for a run, which is refused where its memory cannot be had.
 *
 * @throws LosslightError `out-of-memory` with what would help.
 */
export function provideMemory(
  engine: Engine,
  shapes: readonly BatchShape[],
  { recompute, batchSize }: TrainSettings,
  demand: RunDemand = {},
): void {
  const choice = chooseMemory(engine, shapes, recompute, demand);
  if (choice?.problem)
    throw new LosslightError('out-of-memory', choice.problem, remedyOf(recompute, batchSize));
  engine.recompute = choice?.recompute ?? false;
}

/** What helps against too little memory. */
function remedyOf(recompute: TrainSettings['recompute'], batchSize: number): string {
  const ways = [
    ...(recompute === 'never' ? ['allow layers to be recomputed'] : []),
    ...(batchSize > 1 ? ['a smaller batch size'] : []),
    'shorter sequences',
    'LoRA in place of all parameters',
    'a smaller model',
  ];
  return `Choose ${ways.slice(0, -1).join(', ')} or ${ways.at(-1) ?? ''}.`;
}

/**
 * The batch that takes most of all that such a run may meet. That is not always the one of the longest sequences: as many as make
 * `tokens` are computed at once, and only then padded to a length that there is a plan for. What a step takes beyond the memory that
 * was made ready first comes on top of that, a block for nearly each of its own.
 *
 * @param rowsAt how many sequences can be in a batch of which the longest has so many tokens, 0 where none can; where nothing is said,
 * all may be of any length
 */
export function largestShape(
  { batchSize, maxLength }: Pick<TrainSettings, 'batchSize' | 'maxLength'>,
  contextLength: number,
  tokens: number,
  rowsAt: RowsAt = () => batchSize,
): BatchShape {
  const most = Math.min(maxLength, contextLength);
  const rowsOf = (length: number) => Math.min(rowsAt(length), Math.max(1, Math.floor(tokens / length)));
  let longest = most;
  while (longest > 1 && rowsOf(longest) === 0) longest--;
  let largest = { rows: Math.max(1, rowsOf(longest)), length: longest };
  const padded = ({ rows, length }: BatchShape) => rows * bucketLength(length);
  // Beyond so many tokens a sequence is alone, and the longest takes most.
  for (let length = Math.min(longest, tokens); length > 0; length--) {
    const shape = { rows: rowsOf(length), length };
    if (padded(shape) > padded(largest)) largest = shape;
  }
  return largest;
}
