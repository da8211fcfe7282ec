/**
 * @file tfjs, with what it needs to differentiate and to chain: the one place that everything imports `tf` from.
 * Only the core and the gradients; layers, converters and other backends stay out of the bundle.
 */
// The core comes first: registering a gradient reads flags that it defines.
export * from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
