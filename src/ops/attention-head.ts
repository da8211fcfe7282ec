/**
 * @file What attention's kernels do with the components of a head: in registers, with a statement for each part, or for
 * large heads in loops. Unrolled, a head of 256 takes some devices a minute to compile.
 */

/** Most parts of a head that have a statement each. */
const MOST_UNROLLED = 32;

/** A part of one of the vectors, by the vector's name. */
type PartOf = (name: string) => string;

/** How a head's components are read: four at a time where they can be. */
function partsOf(headSize: number): {
  type: 'vec4f' | 'f32';
  parts: number;
  dot: (a: string, b: string) => string;
} {
  return headSize % 4 === 0
    ? { type: 'vec4f', parts: headSize / 4, dot: (a, b) => `dot(${a}, ${b})` }
    : { type: 'f32', parts: headSize, dot: (a, b) => `${a} * ${b}` };
}

/** Writes WGSL for the vectors of a head. A vector's name stands for all its parts. */
export interface HeadWriter {
  /** Of a part. */
  type: 'vec4f' | 'f32';
  parts: number;
  /** What the rest needs outside the entry point. */
  declarations: string;
  /** Statements for each part; `index` is its number, in WGSL. */
  each(line: (part: PartOf, index: string) => string): string;
  /** A vector from a buffer, from its element `at` on. */
  load(name: string, buffer: string, at: string): string;
  /** A vector of zeros that can be added to. */
  zeros(name: string): string;
  /** The scalar product of two vectors, as an expression. */
  dot(a: string, b: string): string;
  /** Puts, or adds, values into a buffer, from its element `at` on. */
  store(buffer: string, at: string, adds: boolean, value: (part: PartOf) => string): string;
}

export function headWriter(headSize: number): HeadWriter {
  const { type, parts, dot } = partsOf(headSize);
  const unrolled = parts <= MOST_UNROLLED;
  const numbers = Array.from({ length: parts }, (_, i) => i);
  const vector = `array<${type}, ${parts}>`;
  const each: HeadWriter['each'] = unrolled
    ? (line) => numbers.map((i) => line((name) => `${name}${i}`, `${i}u`)).join('\n    ')
    : (line) => `for (var c = 0u; c < ${parts}u; c++) { ${line((name) => `${name}All[c]`, 'c')} }`;
  const store: HeadWriter['store'] = (buffer, at, adds, value) =>
    each((part, index) => `${buffer}[${at} + ${index}] ${adds ? '+' : ''}= ${value(part)};`);
  if (unrolled) {
    return {
      ...{ type, parts, declarations: '', each, store },
      load: (name, buffer, at) => each((part, index) => `let ${part(name)} = ${buffer}[${at} + ${index}];`),
      zeros: (name) => each((part) => `var ${part(name)} = ${type}(0.0);`),
      dot: (a, b) => numbers.map((i) => dot(`${a}${i}`, `${b}${i}`)).join(' + '),
    };
  }
  const zeros = (name: string) => `var ${name}All: ${vector};`;
  return {
    ...{ type, parts, each, store, zeros },
    declarations: `
fn dotOf(a: ptr<function, ${vector}>, b: ptr<function, ${vector}>) -> f32 {
  var sum = 0.0;
  for (var c = 0u; c < ${parts}u; c++) { sum += ${dot('(*a)[c]', '(*b)[c]')}; }
  return sum;
}`,
    load: (name, buffer, at) =>
      `${zeros(name)} ${each((part, index) => `${part(name)} = ${buffer}[${at} + ${index}];`)}`,
    dot: (a, b) => `dotOf(&${a}All, &${b}All)`,
  };
}
