/**
 * @file Sliding windows as Qwen2, Qwen3 and SmolLM3 configure them: a size, a switch, and which layers have one.
 */
import { count, flag, layerTypes, refuse, type Fields, type LayerType } from '../config-fields';

/**
 * The window of each layer; undefined where a layer sees everything.
 *
 * @param size the family's default `sliding_window`, where it has one
 * @param usual the family's `layer_types` where the file has none, given the window
 */
export function readWindows(
  fields: Fields,
  layers: number,
  size: number | undefined,
  usual: (layer: number) => LayerType,
): (number | undefined)[] {
  const given = fields['sliding_window'];
  const has = flag(fields, 'use_sliding_window', false) && (given === undefined ? size : given) != null;
  const window = has ? count(fields, 'sliding_window', size) : undefined;
  const types =
    layerTypes(fields, layers) ??
    Array.from({ length: layers }, (_, layer) => (has ? usual(layer) : 'full_attention'));
  return types.map((type) => {
    if (type === 'full_attention') return undefined;
    if (window === undefined) {
      refuse('layer_types asks for sliding_attention, yet use_sliding_window or sliding_window is not set.');
    }
    return window;
  });
}
