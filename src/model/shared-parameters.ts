/**
 * @file The parameters of plans as tfjs tensors on the same memory, for statistics and for the readable decoder: one model
 * on the device, however many look at it.
 */
import type { Parameter } from '../plan/parameters';
import { sizeOf, type LogicalBuffer } from '../plan/tensor';
import type { WgslExecutor } from '../plan/wgsl-executor';
import { tensorOnBuffer } from '../tensor/bridge';
import * as tf from '../tensor/tf';

/**
 * What `use` makes of the parameters as they are now. Each pool is shared without a copy; a parameter is a copy of its part
 * of the pool on the device, made when it is first asked for and freed with everything else that `use` does not return.
 *
 * @param use gets a parameter by its name; synchronous, as `tf.tidy`
 */
export function withSharedParameters<T extends tf.TensorContainer>(
  executor: WgslExecutor,
  parameters: ReadonlyMap<string, Parameter>,
  use: (parameter: (name: string) => tf.Tensor) => T,
): T {
  return tf.tidy(() => {
    const pools = new Map<LogicalBuffer, tf.Tensor1D>();
    return use((name) => {
      const found = parameters.get(name)?.value;
      if (!found) throw new RangeError(`The model has no parameter “${name}”.`);
      const { buffer, offset, shape } = found;
      const pool = pools.get(buffer) ?? tensorOnBuffer(executor.bufferOf(found), buffer.elements);
      pools.set(buffer, pool);
      return pool.slice(offset, sizeOf(shape)).reshape([...shape]);
    });
  });
}

/** How far each parameter is from what it was loaded as: ‖tuned − base‖ / ‖base‖, by name; Infinity where it was 0. */
export async function relativeChanges(
  executor: WgslExecutor,
  tuned: ReadonlyMap<string, Parameter>,
  base: ReadonlyMap<string, Parameter>,
): Promise<Map<string, number>> {
  const names = [...tuned.keys()].filter((name) => base.has(name));
  const ratios = withSharedParameters(executor, tuned, (now) =>
    withSharedParameters(executor, base, (before) =>
      tf.stack(names.map((name) => now(name).sub(before(name)).norm().div(before(name).norm()))),
    ),
  );
  try {
    const values = await ratios.data();
    return new Map(names.map((name, i) => [name, values[i] ?? NaN]));
  } finally {
    ratios.dispose();
  }
}
