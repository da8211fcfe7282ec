/**
 * @file The angles of RoPE on the host: frequencies as configurations ask for them (default, linear, NTK-aware “dynamic”,
 * YaRN, llama3), and tables of cosines and sines. As transformers computes them (`modeling_rope_utils.py`), rounded to 32
 * bits where it rounds.
 */

/** What `rope_parameters` (or `rope_scaling` with `rope_theta`) of a configuration says. */
export type RopeParameters = { theta: number } & (
  | { type: 'default' }
  | { type: 'linear'; factor: number }
  | { type: 'dynamic'; factor: number; originalContext: number }
  | {
      type: 'yarn';
      factor: number;
      originalContext: number;
      /** What cosines and sines are multiplied with; by default 0.1 · ln(factor) + 1. */
      attentionFactor?: number;
      betaFast?: number;
      betaSlow?: number;
      /** Whether the borders of the ramp are rounded outwards to whole pairs. */
      truncate?: boolean;
    }
  | {
      type: 'llama3';
      factor: number;
      originalContext: number;
      lowFrequencyFactor: number;
      highFrequencyFactor: number;
    }
);

export interface Frequencies {
  /** Radians a position, [size / 2]. */
  frequencies: Float32Array;
  /** What cosines and sines are multiplied with. */
  factor: number;
}

/**
 * Frequencies of the pairs of a head.
 *
 * @param size components of a head that are turned
 * @param length of the sequence, which `dynamic` goes by
 */
export function ropeFrequencies(parameters: RopeParameters, size: number, length = 0): Frequencies {
  const { theta } = parameters;
  switch (parameters.type) {
    case 'default':
      return { frequencies: powers(theta, size), factor: 1 };
    case 'linear':
      return { frequencies: powers(theta, size).map((f) => f / parameters.factor), factor: 1 };
    case 'dynamic': {
      const { factor, originalContext } = parameters;
      const longest = Math.max(length, originalContext);
      const stretch = (factor * longest) / originalContext - (factor - 1);
      return { frequencies: powers(theta * stretch ** (size / (size - 2)), size), factor: 1 };
    }
    case 'llama3':
      return { frequencies: powers(theta, size).map((f) => llama3(f, parameters)), factor: 1 };
    case 'yarn':
      return yarn(parameters, size);
  }
}

/** θ^(−2i / size), [size / 2]. */
function powers(theta: number, size: number): Float32Array {
  return Float32Array.from(
    { length: size / 2 },
    (_, i) => 1 / Math.fround(theta ** Math.fround((2 * i) / size)),
  );
}

/** Long waves are stretched by the factor, short ones stay, those between are mixed. */
function llama3(frequency: number, parameters: RopeParameters & { type: 'llama3' }): number {
  const { factor, originalContext, lowFrequencyFactor: low, highFrequencyFactor: high } = parameters;
  const length = (2 * Math.PI) / frequency;
  if (length < originalContext / high) return frequency;
  if (length > originalContext / low) return frequency / factor;
  const share = (originalContext / length - low) / (high - low);
  return ((1 - share) * frequency) / factor + share * frequency;
}

/** Peng et al. 2023, https://arxiv.org/abs/2309.00071: a ramp over the pairs instead of over the waves. */
function yarn(parameters: RopeParameters & { type: 'yarn' }, size: number): Frequencies {
  const { theta, factor, originalContext, betaFast = 32, betaSlow = 1, truncate = true } = parameters;
  /** The pair that turns so many times within the original context. */
  const pairOf = (turns: number) =>
    (size * Math.log(originalContext / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [start, end] = [pairOf(betaFast), pairOf(betaSlow)];
  const from = Math.max(truncate ? Math.floor(start) : start, 0);
  const to = Math.min(truncate ? Math.ceil(end) : end, size - 1);
  const width = from === to ? 0.001 : to - from;
  const frequencies = powers(theta, size).map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - from) / width));
    return (frequency / factor) * stretched + frequency * (1 - stretched);
  });
  return {
    frequencies,
    factor: parameters.attentionFactor ?? (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1),
  };
}

/**
 * Cosines and sines of position · frequency, both [positions, frequencies].
 */
export function rotationTables(
  positions: Int32Array,
  { frequencies, factor }: Frequencies,
): { cos: Float32Array; sin: Float32Array } {
  const pairs = frequencies.length;
  const cos = new Float32Array(positions.length * pairs);
  const sin = new Float32Array(cos.length);
  positions.forEach((position, n) => {
    for (let i = 0; i < pairs; i++) {
      const angle = Math.fround(position * (frequencies[i] as number));
      cos[n * pairs + i] = factor * Math.cos(angle);
      sin[n * pairs + i] = factor * Math.sin(angle);
    }
  });
  return { cos, sin };
}
