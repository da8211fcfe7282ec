/**
 * @file Numbers as Python prints them. A chat template writes arguments through `json.dumps`; where a number is written
 * otherwise, the tokens are others.
 */

/**
 * What `json.dumps(json.loads(raw))` gives for a JSON number: integers keep all their digits, floats get their shortest
 * form with a point (`3.0`) or, below 1e-4 and from 1e16 on, an exponent of at least two digits (`1e-07`, `1e+16`).
 *
 * Source: CPython `float.__repr__` (`repr_style` "short", format_float_short with 'r').
 */
export function pythonNumber(raw: string): string {
  if (/^-?\d+$/.test(raw)) return BigInt(raw).toString();
  const value = Number(raw);
  if (Number.isNaN(value)) throw new RangeError(`“${raw}” is not a JSON number.`);
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
