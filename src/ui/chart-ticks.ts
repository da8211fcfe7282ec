/**
 * @file Round numbers along an axis.
 */
import { decimal } from './format';

/** Steps of an axis: 1, 2 or 5 times a power of ten, about `wanted` of them between the ends, which must differ. */
export function ticks(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiples, and not sums, so that rounding does not grow.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** A number that `decimal` would round to nothing: with an exponent. */
export function exponential(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('.0e', 'e').replaceAll('-', '−');
}

/**
 * Texts of numbers along an axis: as `format` writes them, less the last decimals that are 0 in all of them; with exponents where two of
 * them would be told alike.
 */
export function tickTexts(values: readonly number[], format: (value: number) => string): string[] {
  const texts = values.map(format);
  const told = texts.filter((text) => text !== '');
  return new Set(told).size === told.length ? withoutZeros(texts) : values.map(exponential);
}

function withoutZeros(texts: readonly string[]): string[] {
  // The page's language says which sign stands before decimals; another one may stand between thousands.
  const point = decimal(0.5, 1).replace(/\d/g, '');
  const parts = texts.map((text) => {
    const [whole = '', ...rest] = text.split(point);
    const [decimals = ''] = /^\d*/.exec(rest.join(point)) ?? [];
    return { text, whole, decimals, unit: rest.join(point).slice(decimals.length) };
  });
  const kept = Math.max(0, ...parts.map(({ decimals }) => decimals.replace(/0+$/, '').length));
  return parts.map(({ text, whole, decimals, unit }) =>
    decimals ? `${whole}${kept ? point : ''}${decimals.slice(0, kept)}${unit}` : text,
  );
}

/** What an axis spans for some values: with a little room above, and below where it need not begin at zero. */
export function axisRange(values: Iterable<number | null>, fromZero: boolean): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (fromZero) low = Math.min(0, low);
  const room = (high - low) * 0.06;
  if (room === 0) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  return [fromZero && low === 0 ? 0 : low - room, high + room];
}
