/**
 * @file Kernels of the loss of rows of logits with their gradient, one for each form. Formulas are in ops/loss.ts and
 * ops/token-loss.ts. Addresses are bytes; `rows` and `width` count. Sums are in 64 bits.
 */
import { begin } from './simd-function';
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import type { Code, Local } from './wasm-code';

/** Log-probabilities differ by so much at most, where e⁸⁰ is still finite. */
const MOST_DIFFERENCE = 80;
/** Bytes of a token's policy terms: advantage, old and reference log-probability. */
const TERMS_BYTES = 12;

/** What a form's code is given: parameters as code, and what is known of the row. */
interface Row {
  at: (parameter: string) => Code;
  float: (name: string) => Local;
  exp: (x: Code) => Code;
  /** Log-probability of the target, as it is stored. */
  score: Local;
  weight: Code;
}

/** A form of the loss: what it has beside weights, and how the row's gradient c · p − d at the target − s follows. */
interface Form<Name extends string> {
  name: Name;
  /** Parameters after those that all have; pointers with the bytes that they move by from row to row. */
  more: readonly (readonly [name: string, step: number])[];
  /** Whether the mean log-probability of the vocabulary is wanted, at `means`, and s is not 0. */
  spreads: boolean;
  /** Sets c, and d and s where they are not c and 0; absent where c is the weight. */
  slopes?: (row: Row, c: Local, d: Local, s: Local) => Code;
}

function lossOf<Name extends string>(form: Form<Name>) {
  const { made, at, local, locals } = begin(form.name, [
    ...['logits', 'targets', 'weights', 'logProbs', 'entropy', 'rows', 'width', 'trains'],
    ...form.more.map(([name]) => name),
  ]);
  const { row, place, goal } = locals('i32', 'row', 'place', 'goal');
  const names = ['top', 'shifted', 'e', 'sum', 'weighted', 'all', 'spread'] as const;
  const { top, shifted, e, sum, weighted, all, spread } = locals('v128', ...names);
  const { largest, chosen, score, c, d, s } = locals('f32', 'largest', 'chosen', 'score', 'c', 'd', 's');
  const { total, logSum } = locals('f64', 'total', 'logSum');
  const exp = v.exponential(made);
  const bytes = w.multiply(at('width'), w.int(4));
  const start = w.set(place, at('logits'));
  const weight = w.loadFloat(at('weights'));
  const floats = new Map<string, Local>();
  const float = (name: string): Local => {
    const found = floats.get(name) ?? made.local('f32');
    floats.set(name, found);
    return found;
  };
  const slopes = form.slopes?.({ at, float, exp, score, weight }, c, d, s);
  /** Where the row's slope is not its weight. */
  const slope = slopes ? w.get(c) : weight;
  const only = (code: () => Code): Code => (form.spreads ? code() : []);
  made.write(
    w.count(row, w.int(0), at('rows'), [
      ...w.set(goal, w.add(at('logits'), w.multiply(w.loadInt(at('targets')), w.int(4)))),
      ...start,
      ...w.set(top, v.loadSplat(at('logits'))),
      ...v.overElements(made, at('width'), [place], (lanes) =>
        w.set(top, v.largerOfVectors(w.get(top), lanes.repeat(place))),
      ),
      ...w.set(largest, v.largestOf(top)),
      ...w.set(top, v.splat(w.get(largest))),
      ...w.set(chosen, w.subtractFloats(w.loadFloat(w.get(goal)), w.get(largest))),
      ...w.set(sum, v.zeroVector),
      ...w.set(weighted, v.zeroVector),
      ...only(() => w.set(all, v.zeroVector)),
      ...start,
      ...v.overElements(made, at('width'), [place], (lanes) => [
        ...w.set(shifted, v.subtractVectors(lanes.load(place), w.get(top))),
        ...w.set(e, lanes.only(exp(w.get(shifted)))),
        ...w.when(at('trains'), lanes.store(place, w.get(e))),
        ...v.addInDoubles(sum, e),
        ...w.set(e, lanes.only(v.multiplyVectors(w.get(e), w.get(shifted)))),
        ...v.addInDoubles(weighted, e),
        ...only(() => [...w.set(e, lanes.only(w.get(shifted))), ...v.addInDoubles(all, e)]),
      ]),
      ...w.set(total, v.sumOfDoubles(sum)),
      ...w.set(logSum, w.logarithm(w.get(total))),
      ...w.set(score, w.singleOf(w.subtractDoubles(w.doubleOf(w.get(chosen)), w.get(logSum)))),
      ...w.storeFloat(at('logProbs'), w.get(score)),
      ...w.storeFloat(
        at('entropy'),
        w.singleOf(w.subtractDoubles(w.get(logSum), w.divideDoubles(v.sumOfDoubles(weighted), w.get(total)))),
      ),
      ...only(() =>
        w.storeFloat(
          at('means'),
          w.singleOf(
            w.subtractDoubles(
              w.divideDoubles(v.sumOfDoubles(all), w.doubleOf(w.floatOf(at('width')))),
              w.get(logSum),
            ),
          ),
        ),
      ),
      ...w.when(at('trains'), [
        ...(slopes ?? []),
        ...start,
        ...w.set(top, v.splat(w.singleOf(w.divideDoubles(w.doubleOf(slope), w.get(total))))),
        ...only(() => w.set(spread, v.splat(w.get(s)))),
        ...v.overElements(made, at('width'), [place], (lanes) => {
          const share = v.multiplyVectors(lanes.load(place), w.get(top));
          return lanes.store(place, form.spreads ? v.subtractVectors(share, w.get(spread)) : share);
        }),
        ...w.storeFloat(
          w.get(goal),
          w.subtractFloats(w.loadFloat(w.get(goal)), form.spreads ? w.get(d) : slope),
        ),
      ]),
      ...w.advance(local('logits'), bytes),
      ...['targets', 'weights', 'logProbs', 'entropy'].flatMap((name) => w.advance(local(name), w.int(4))),
      ...form.more.flatMap(([name, step]) => (step > 0 ? w.advance(local(name), w.int(step)) : [])),
    ]),
  );
  return made;
}

/** Log-probabilities and entropies of rows of logits, which become their own gradient where `trains` is 1. */
const loss = lossOf({ name: 'loss', more: [], spreads: false });

/** The same with label smoothing and weights by probability; `means` gets the mean log-probability of the vocabulary. */
const shapedLoss = lossOf({
  name: 'shapedLoss',
  more: [
    ['settings', 0],
    ['means', 4],
  ],
  spreads: true,
  slopes: ({ at, exp, score, weight }, c, d, s) => [
    ...w.set(
      c,
      w.choose(
        w.lessFloat(w.float(0), w.loadFloat(at('settings'), 4)),
        w.multiplyFloats(weight, v.firstOf(exp(v.splat(w.get(score))))),
        weight,
      ),
    ),
    ...w.set(d, w.multiplyFloats(w.get(c), w.loadFloat(at('settings'), 8))),
    ...w.set(s, w.multiplyFloats(w.get(c), w.loadFloat(at('settings'), 12))),
  ],
});

/** The same with the clipped policy loss and k3. */
const policyLoss = lossOf({
  name: 'policyLoss',
  more: [
    ['settings', 0],
    ['terms', TERMS_BYTES],
  ],
  spreads: false,
  slopes: ({ at, float, exp, score, weight }, c) => {
    const [ratio, free, held, away] = [float('ratio'), float('free'), float('held'), float('away')];
    const [low, high] = [w.loadFloat(at('settings')), w.loadFloat(at('settings'), 4)];
    const advantage = w.loadFloat(at('terms'));
    const power = (x: Code) => v.firstOf(exp(v.splat(w.smallerFloat(x, w.float(MOST_DIFFERENCE)))));
    // Where both sides of the minimum are equal, PyTorch gives half the slope to each; a ratio at or beyond a border passes none on.
    const outside = w.choose(
      w.lessFloat(w.get(free), w.get(held)),
      w.float(1),
      w.choose(w.equalFloats(w.get(free), w.get(held)), w.float(0.5), w.float(0)),
    );
    const inside = w.both(w.lessFloat(low, w.get(ratio)), w.lessFloat(w.get(ratio), high));
    return [
      ...w.set(ratio, power(w.subtractFloats(w.get(score), w.loadFloat(at('terms'), 4)))),
      ...w.set(away, power(w.subtractFloats(w.loadFloat(at('terms'), 8), w.get(score)))),
      ...w.set(free, w.multiplyFloats(w.get(ratio), advantage)),
      ...w.set(held, w.multiplyFloats(w.smallerFloat(w.largerFloat(w.get(ratio), low), high), advantage)),
      ...w.set(
        c,
        w.addFloats(
          w.multiplyFloats(w.get(free), w.choose(inside, w.float(1), outside)),
          w.multiplyFloats(w.loadFloat(at('settings'), 8), w.subtractFloats(w.get(away), w.float(1))),
        ),
      ),
      ...w.set(
        c,
        w.choose(w.equalFloats(weight, w.float(0)), w.float(0), w.multiplyFloats(weight, w.get(c))),
      ),
    ];
  },
});

/** All of them. */
export const LOSS_KERNELS = [loss, shapedLoss, policyLoss] as const;
