/**
 * @file Kernels of single elements: sums, activations, RoPE, rows of a table, AdamW and the square of the gradient. All
 * addresses are bytes, `size` counts elements.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

const clear = (() => {
  const made = new WasmFunction('clear', ['to', 'size']);
  const size = w.multiply(w.get(made.parameter('size')), w.int(4));
  made.write(w.clear(w.get(made.parameter('to')), size));
  return made;
})();

const copy = (() => {
  const made = new WasmFunction('copy', ['to', 'from', 'size']);
  const size = w.multiply(w.get(made.parameter('size')), w.int(4));
  made.write(w.copyBytes(w.get(made.parameter('to')), w.get(made.parameter('from')), size));
  return made;
})();

/** to ← to + from */
const addTo = (() => {
  const made = new WasmFunction('addTo', ['to', 'from', 'size']);
  const [to, from] = [made.parameter('to'), made.parameter('from')];
  made.write(
    v.overElements(made, w.get(made.parameter('size')), [to, from], (lanes) =>
      lanes.store(to, v.addVectors(lanes.load(to), lanes.load(from))),
    ),
  );
  return made;
})();

/** f, and f′ from x and from `inner`, the part that they share. */
interface ActivationCode {
  inner(x: Code): Code;
  value(x: Code, inner: Code): Code;
  slope(x: Code, inner: Code): Code;
}

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const ACTIVATIONS = {
  silu: (exp: (x: Code) => Code): ActivationCode => ({
    inner: (x) => v.divideVectors(v.number(1), v.addVectors(v.number(1), exp(v.negateVector(x)))),
    value: v.multiplyVectors,
    slope: (x, s) =>
      v.multiplyVectors(
        s,
        v.addVectors(v.number(1), v.multiplyVectors(x, v.subtractVectors(v.number(1), s))),
      ),
  }),
  geluTanh: (exp: (x: Code) => Code): ActivationCode => ({
    // tanh u = 1 − 2 / (1 + e²ᵘ)
    inner: (x) => {
      const cubed = v.addVectors(v.number(1), v.multiplyVectors(v.number(CUBIC), v.multiplyVectors(x, x)));
      const twice = v.multiplyVectors(v.multiplyVectors(x, v.number(2 * TANH_SCALE)), cubed);
      return v.subtractVectors(
        v.number(1),
        v.divideVectors(v.number(2), v.addVectors(v.number(1), exp(twice))),
      );
    },
    value: (x, t) => v.multiplyVectors(v.multiplyVectors(v.number(0.5), x), v.addVectors(v.number(1), t)),
    slope: (x, t) => {
      const inside = v.addVectors(
        v.number(1),
        v.multiplyVectors(v.number(3 * CUBIC), v.multiplyVectors(x, x)),
      );
      const steep = v.multiplyVectors(
        v.multiplyVectors(v.multiplyVectors(x, v.number(0.5 * TANH_SCALE)), inside),
        v.subtractVectors(v.number(1), v.multiplyVectors(t, t)),
      );
      return v.addVectors(v.multiplyVectors(v.number(0.5), v.addVectors(v.number(1), t)), steep);
    },
  }),
};

type ActivationKernel = keyof typeof ACTIVATIONS;

/** What is in memory where the parameter `name` is −1, 0 where it is 0: for sums that begin, whatever is there before. */
const kept = (made: WasmFunction, name: string, value: Code): Code =>
  v.bothBits(value, v.splatInts(w.get(made.parameter(name))));

/** to ← f(x) */
function activate<Kind extends ActivationKernel>(kind: Kind) {
  const made = new WasmFunction(`${kind}` as const, ['x', 'to', 'size']);
  const { inner, value } = ACTIVATIONS[kind](v.exponential(made));
  const [from, to] = [made.parameter('x'), made.parameter('to')];
  const x = made.local('v128');
  made.write(
    v.overElements(made, w.get(made.parameter('size')), [from, to], (lanes) => [
      ...w.set(x, lanes.load(from)),
      ...lanes.store(to, value(w.get(x), inner(w.get(x)))),
    ]),
  );
  return made;
}

/** dx ← f′(x) · dy, or added where `adds` is −1 */
function activateBackward<Kind extends ActivationKernel>(kind: Kind) {
  const made = new WasmFunction(`${kind}Backward` as const, ['x', 'dy', 'dx', 'size', 'adds']);
  const { inner, slope } = ACTIVATIONS[kind](v.exponential(made));
  const [from, dy, dx] = [made.parameter('x'), made.parameter('dy'), made.parameter('dx')];
  const [x, shared] = [made.local('v128'), made.local('v128')];
  made.write(
    v.overElements(made, w.get(made.parameter('size')), [from, dy, dx], (lanes) => [
      ...w.set(x, lanes.load(from)),
      ...w.set(shared, inner(w.get(x))),
      ...lanes.store(
        dx,
        v.addVectors(
          kept(made, 'adds', lanes.load(dx)),
          v.multiplyVectors(slope(w.get(x), w.get(shared)), lanes.load(dy)),
        ),
      ),
    ]),
  );
  return made;
}

/** to ← f(gate) · up */
function gated<Kind extends ActivationKernel>(kind: Kind) {
  const made = new WasmFunction(`${kind}Gated` as const, ['gate', 'up', 'to', 'size']);
  const { inner, value } = ACTIVATIONS[kind](v.exponential(made));
  const [gate, up, to] = [made.parameter('gate'), made.parameter('up'), made.parameter('to')];
  const x = made.local('v128');
  made.write(
    v.overElements(made, w.get(made.parameter('size')), [gate, up, to], (lanes) => [
      ...w.set(x, lanes.load(gate)),
      ...lanes.store(to, v.multiplyVectors(value(w.get(x), inner(w.get(x))), lanes.load(up))),
    ]),
  );
  return made;
}

/** dGate ← f′(gate) · up · dy and dUp ← f(gate) · dy, or added where `addsGate`, `addsUp` are −1 */
function gatedBackward<Kind extends ActivationKernel>(kind: Kind) {
  const pointers = ['gate', 'up', 'dy', 'dGate', 'dUp'];
  const made = new WasmFunction(`${kind}GatedBackward` as const, [...pointers, 'size', 'addsGate', 'addsUp']);
  const { inner, value, slope } = ACTIVATIONS[kind](v.exponential(made));
  const [gate, up, dy] = [made.parameter('gate'), made.parameter('up'), made.parameter('dy')];
  const [dGate, dUp] = [made.parameter('dGate'), made.parameter('dUp')];
  const [x, shared, given] = [made.local('v128'), made.local('v128'), made.local('v128')];
  made.write(
    v.overElements(made, w.get(made.parameter('size')), [gate, up, dy, dGate, dUp], (lanes) => [
      ...w.set(x, lanes.load(gate)),
      ...w.set(shared, inner(w.get(x))),
      ...w.set(given, lanes.load(dy)),
      ...lanes.store(
        dGate,
        v.addVectors(
          kept(made, 'addsGate', lanes.load(dGate)),
          v.multiplyVectors(v.multiplyVectors(slope(w.get(x), w.get(shared)), lanes.load(up)), w.get(given)),
        ),
      ),
      ...lanes.store(
        dUp,
        v.addVectors(
          kept(made, 'addsUp', lanes.load(dUp)),
          v.multiplyVectors(value(w.get(x), w.get(shared)), w.get(given)),
        ),
      ),
    ]),
  );
  return made;
}

/** Turns `lines` heads in place, see ops/rope.ts; each token has `heads` of them, `width` bytes apart. */
const turn = (() => {
  const made = new WasmFunction('turn', [
    ...['x', 'cos', 'sin', 'lines', 'heads', 'width', 'pairs', 'f32 sign'],
  ]);
  const at = (name: string): Code => w.get(made.parameter(name));
  const [line, head, c, s, a, b] = Array.from({ length: 6 }, () => made.local('i32')) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [x, y, cosine, sine] = Array.from({ length: 4 }, () => made.local('v128')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const bytes = w.multiply(at('pairs'), w.int(4));
  made.write(
    w.count(line, w.int(0), at('lines'), [
      ...w.set(a, at('x')),
      ...w.set(b, w.add(at('x'), bytes)),
      ...w.set(c, at('cos')),
      ...w.set(s, at('sin')),
      ...v.overElements(made, at('pairs'), [a, b, c, s], (lanes) => [
        ...w.set(x, lanes.load(a)),
        ...w.set(y, lanes.load(b)),
        ...w.set(cosine, lanes.load(c)),
        ...w.set(sine, v.multiplyVectors(lanes.load(s), v.splat(at('sign')))),
        ...lanes.store(
          a,
          v.subtractVectors(
            v.multiplyVectors(w.get(x), w.get(cosine)),
            v.multiplyVectors(w.get(y), w.get(sine)),
          ),
        ),
        ...lanes.store(
          b,
          v.addVectors(v.multiplyVectors(w.get(y), w.get(cosine)), v.multiplyVectors(w.get(x), w.get(sine))),
        ),
      ]),
      ...w.advance(made.parameter('x'), at('width')),
      ...w.advance(head, w.int(1)),
      ...w.when(w.equal(w.get(head), at('heads')), [
        ...w.set(head, w.int(0)),
        ...w.advance(made.parameter('cos'), bytes),
        ...w.advance(made.parameter('sin'), bytes),
      ]),
    ]),
  );
  return made;
})();

/** AdamW of ops/adamw.ts; `settings` and `norm` as there, `decays` 1 or 0. */
const adamW = (() => {
  const made = new WasmFunction('adamW', ['theta', 'g', 'm', 'v', 'settings', 'norm', 'size', 'decays']);
  const at = (name: string): Code => w.get(made.parameter(name));
  const pointers = ['theta', 'g', 'm', 'v'].map((name) => made.parameter(name));
  const [theta, g, first, second] = pointers as [Local, Local, Local, Local];
  const [slope, mean, square] = [made.local('v128'), made.local('v128'), made.local('v128')];
  const setting = (place: number): Local => {
    const local = made.local('v128');
    made.write(w.set(local, v.loadSplat(at('settings'), 4 * place)));
    return local;
  };
  const [step, beta1, rest1, beta2, rest2] = [0, 1, 2, 3, 4].map(setting) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [epsilon, root, keep] = [5, 6, 7].map(setting) as [Local, Local, Local];
  const clip = made.local('v128');
  made.write(
    w.set(clip, v.loadSplat(at('norm'), 8)),
    w.when(w.equal(at('decays'), w.int(0)), w.set(keep, v.number(1))),
    w.set(root, v.divideVectors(v.number(1), w.get(root))),
    // 1 where the gradient is finite, else 0.
    w.when(
      w.lessFloat(w.float(0), w.loadFloat(at('norm'), 12)),
      v.overElements(made, at('size'), pointers, (lanes) => [
        ...w.set(slope, v.multiplyVectors(lanes.load(g), w.get(clip))),
        ...w.set(
          mean,
          v.addVectors(
            v.multiplyVectors(w.get(beta1), lanes.load(first)),
            v.multiplyVectors(w.get(rest1), w.get(slope)),
          ),
        ),
        ...w.set(
          square,
          v.addVectors(
            v.multiplyVectors(w.get(beta2), lanes.load(second)),
            v.multiplyVectors(v.multiplyVectors(w.get(rest2), w.get(slope)), w.get(slope)),
          ),
        ),
        ...lanes.store(first, w.get(mean)),
        ...lanes.store(second, w.get(square)),
        ...lanes.store(
          theta,
          v.subtractVectors(
            v.multiplyVectors(lanes.load(theta), w.get(keep)),
            v.divideVectors(
              v.multiplyVectors(w.get(step), w.get(mean)),
              v.addVectors(v.multiplyVectors(v.squareRoots(w.get(square)), w.get(root)), w.get(epsilon)),
            ),
          ),
        ),
      ]),
    ),
  );
  return made;
})();

/** The floats at `sums` ← Σ g² of `each` elements after the other, summed in 64 bits */
const sumSquares = (() => {
  const made = new WasmFunction('sumSquares', ['g', 'sums', 'each', 'size']);
  const [g, to, size] = [made.parameter('g'), made.parameter('sums'), made.parameter('size')];
  const [sum, part] = [made.local('v128'), made.local('v128')];
  const each = w.get(made.parameter('each'));
  made.write(
    w.whileTrue(w.less(w.int(0), w.get(size)), [
      ...w.set(sum, v.zeroVector),
      ...v.overElements(made, w.smaller(each, w.get(size)), [g], (lanes) => [
        ...w.set(part, lanes.load(g)),
        ...v.addSquaresInDoubles(sum, part),
      ]),
      ...w.storeFloat(w.get(to), w.singleOf(v.sumOfDoubles(sum))),
      ...w.advance(to, w.int(4)),
      ...w.set(size, w.subtract(w.get(size), each)),
    ]),
  );
  return made;
})();

/** to[n] ← table[ids[n]] for n < rows, rows of `width` elements */
const gather = (() => {
  const made = new WasmFunction('gather', ['table', 'ids', 'to', 'rows', 'width']);
  const at = (name: string): Code => w.get(made.parameter(name));
  const n = made.local('i32');
  const bytes = w.multiply(at('width'), w.int(4));
  made.write(
    w.count(n, w.int(0), at('rows'), [
      ...w.copyBytes(at('to'), w.add(at('table'), w.multiply(w.loadInt(at('ids')), bytes)), bytes),
      ...w.advance(made.parameter('ids'), w.int(4)),
      ...w.advance(made.parameter('to'), bytes),
    ]),
  );
  return made;
})();

/** All of them. */
export const ELEMENT_KERNELS = [
  clear,
  copy,
  addTo,
  activate('silu'),
  activateBackward('silu'),
  gated('silu'),
  gatedBackward('silu'),
  activate('geluTanh'),
  activateBackward('geluTanh'),
  gated('geluTanh'),
  gatedBackward('geluTanh'),
  turn,
  adamW,
  sumSquares,
  gather,
] as const;
