/**
 * @file What a `config.json` says of rotary positions: `rope_theta` with `rope_scaling` as transformers 4 wrote them, or
 * `rope_parameters` as transformers 5 does.
 */
import type { RopeParameters } from '../ops/rope-tables';
import { flag, isFields, positive, present, refuse, show, type Fields } from './config-fields';

const CONTRADICTION = 'Correct the file; transformers would use one of them.';

/**
 * The one form of RoPE of a model whose layers share it.
 *
 * @param theta the family's default base
 * @param contextLength of the model, which some forms go by where they do not say another
 */
export function readRope(fields: Fields, theta: number, contextLength: number): RopeParameters {
  refusePartial(fields);
  const found: { name: string; fields: Fields }[] = [];
  for (const name of ['rope_parameters', 'rope_scaling']) {
    const rope = fields[name];
    if (rope === undefined || rope === null) continue;
    if (!isFields(rope)) refuse(`${name} must be an object or null, not ${show(rope)}.`);
    found.push({ name, fields: rope });
  }
  const thetas = [...found.map(({ fields: rope }) => rope), fields]
    .filter((source) => present(source, 'rope_theta'))
    .map((source) => positive(source, 'rope_theta'));
  if (new Set(thetas).size > 1) {
    refuse(`rope_theta is given as ${thetas.join(' and as ')}.`, CONTRADICTION);
  }
  const base = thetas[0] ?? theta;
  const [first, second] = found.map(({ name, fields: rope }) => ropeOf(rope, name, base, contextLength));
  if (first && second && JSON.stringify(first) !== JSON.stringify(second)) {
    refuse('rope_parameters and rope_scaling differ.', CONTRADICTION);
  }
  return first ?? { type: 'default', theta: base };
}

/**
 * One form of RoPE.
 *
 * @param name of the field that it is in, for messages
 * @param theta the base, where the form has none of its own
 * @param contextLength of the model
 */
export function ropeOf(rope: Fields, name: string, theta: number, contextLength: number): RopeParameters {
  refusePartial(rope, `${name}.`);
  const base = present(rope, 'rope_theta') ? positive(rope, 'rope_theta') : theta;
  const type = rope['rope_type'] ?? rope['type'] ?? 'default';
  const number = (field: string, fallback?: number) => positiveIn(rope, name, field, fallback);
  const context = () => number('original_max_position_embeddings', contextLength);
  switch (type) {
    case 'default':
    case 'dynamic':
      // Dynamic is stretched beyond max_position_embeddings only, where no sequence here goes.
      return { type: 'default', theta: base };
    case 'linear':
      return { type: 'linear', theta: base, factor: number('factor') };
    case 'llama3':
      return {
        type: 'llama3',
        theta: base,
        factor: number('factor'),
        originalContext: context(),
        lowFrequencyFactor: number('low_freq_factor'),
        highFrequencyFactor: number('high_freq_factor'),
      };
    case 'yarn':
      return readYarn(rope, base, context(), number);
    default:
      return refuse(
        `${name} asks for ${show(type)}; rotary positions can be default, linear, dynamic, yarn or llama3.`,
      );
  }
}

function readYarn(
  rope: Fields,
  theta: number,
  originalContext: number,
  number: (field: string, fallback?: number) => number,
): RopeParameters {
  const factor = number('factor');
  const magnitude = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const attentionFactor = present(rope, 'attention_factor')
    ? number('attention_factor')
    : rope['mscale'] && rope['mscale_all_dim']
      ? magnitude(number('mscale')) / magnitude(number('mscale_all_dim'))
      : magnitude(1);
  return {
    type: 'yarn',
    theta,
    factor,
    originalContext,
    attentionFactor,
    betaFast: number('beta_fast', 32),
    betaSlow: number('beta_slow', 1),
    truncate: flag(rope, 'truncate', true),
  };
}

function positiveIn(rope: Fields, name: string, field: string, fallback?: number): number {
  const value = rope[field] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(`${name}.${field} must be a positive number, not ${show(value)}.`);
  }
  return value;
}

function refusePartial(fields: Fields, prefix = ''): void {
  if ((fields['partial_rotary_factor'] ?? 1) !== 1) {
    refuse(
      `${prefix}partial_rotary_factor is ${show(fields['partial_rotary_factor'])}; only 1 is supported.`,
    );
  }
}
