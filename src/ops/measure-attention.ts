/**
 * @file How long attention takes on the device at hand with an invocation a token, and with tiles in workgroup memory:
 * forward and backward are run in both, and what they compute is compared.
 */
import { LosslightError } from '../errors';
import { PlanBuilder } from '../plan/builder';
import { copy } from '../plan/copy';
import type { AttentionSizes } from '../plan/operation';
import { makeTensor } from '../plan/tensor';
import { WgslExecutor } from '../plan/wgsl-executor';
import type { TensorDevice } from '../tensor/device';
import { attention, documentRanges } from './attention';
import { agrees, millisecondsOf, waves, type Measurement } from './measure';
import { zero } from './zero';

/** Names of the two, as they are kept. */
export const ATTENTION_VARIANTS = { alone: 'one by one', tiled: 'in tiles' } as const;

/** Timed runs of each, after one that is compared; the shortest counts. */
const RUNS = 4;

/** Measures both, over one document of all tokens; faster first, a wrong one last. */
export async function measureAttention(target: TensorDevice, sizes: AttentionSizes): Promise<Measurement[]> {
  const { tokens, heads, keyValueHeads, headSize } = sizes;
  const builder = new PlanBuilder();
  const trained = (name: string, count: number) => {
    const tensor = makeTensor(name, [tokens, count * headSize], 'input');
    const gradient = makeTensor(`gradient of ${name}`, tensor.shape, 'gradient');
    builder.append(zero(gradient));
    builder.trainable(tensor, gradient);
    return { tensor, gradient };
  };
  const [q, k, v] = [trained('q', heads), trained('k', keyValueHeads), trained('v', keyValueHeads)];
  const [first, last] = [
    makeTensor('first', [tokens], 'input', 'i32'),
    makeTensor('last', [tokens], 'input', 'i32'),
  ];
  const out = attention(
    builder,
    { q: q.tensor, k: k.tensor, v: v.tensor, first, last },
    { heads, keyValueHeads },
  );
  const slope = builder.activation('slope', out.shape);
  builder.append(copy(q.tensor, slope));
  builder.seedGradient(out, slope);
  builder.backward();
  const plan = builder.finish();

  const found: Measurement[] = [];
  let expected: Float32Array[] | undefined;
  for (const variant of [ATTENTION_VARIANTS.alone, ATTENTION_VARIANTS.tiled]) {
    const executor = new WgslExecutor(target, { tilesAttention: () => variant === ATTENTION_VARIANTS.tiled });
    try {
      [q, k, v].forEach(({ tensor }, i) =>
        executor.write(tensor, waves(tensor.buffer.elements, 0.37 + 0.11 * i)),
      );
      const ranges = documentRanges(new Int32Array(tokens).fill(1), 1, tokens);
      executor.write(first, ranges.first);
      executor.write(last, ranges.last);
      const prepared = await executor.prepare(plan);
      await prepared.run();
      const results: Float32Array[] = [];
      for (const { gradient } of [q, k, v]) results.push(await executor.read(gradient));
      expected ??= results;
      const right = results.every((result, i) => agrees(result, expected?.[i] ?? new Float32Array()));
      let milliseconds = Infinity;
      for (let run = 0; run < RUNS && right; run++) {
        milliseconds = Math.min(milliseconds, await millisecondsOf(target, prepared));
      }
      found.push({ variant, ...(right && { milliseconds }) });
    } catch (error) {
      // A driver that refuses one may be good at the other.
      if (!(error instanceof LosslightError)) throw error;
      target.health.check();
      found.push({ variant });
    } finally {
      executor.dispose();
    }
  }
  return found.sort((x, y) => (x.milliseconds ?? Infinity) - (y.milliseconds ?? Infinity));
}
