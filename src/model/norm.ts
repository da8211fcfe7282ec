/**
 * @file The norm that a model has, by the name of its weights.
 */
import { layerNorm } from '../ops/layer-norm';
import { rmsNorm } from '../ops/rms-norm';
import type { Tensor } from '../plan/tensor';
import type { LayerContext } from './decoder-layers';

/**
 * Appends the norm of x, or of x + residual.
 *
 * @param weight its name in the family's files
 * @param name for messages and profiles
 * @returns `sum`, x + residual, and `y`, its norm
 */
export function norm(
  { plan, config, weights }: Pick<LayerContext, 'plan' | 'config' | 'weights'>,
  x: Tensor,
  weight: string,
  name: string,
  residual?: Tensor,
): { sum: Tensor; y: Tensor } {
  const scale = weights.vector(weight);
  const { norm: kind, normEpsilon } = config;
  if (kind === 'layer') {
    return layerNorm(plan, x, scale, weights.vector(`${weight}.bias`), normEpsilon, { residual, name });
  }
  return rmsNorm(plan, x, scale, normEpsilon, { residual, name, offset: kind === 'rms-plus-one' ? 1 : 0 });
}
