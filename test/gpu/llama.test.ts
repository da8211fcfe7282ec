/**
 * @file Two tiny random Llamas against transformers and torch.optim.AdamW (values from tools/golden/llama.py).
 */
import { describe, expect, test } from 'vitest';
import { caseBatch, collect, goldenEngine, largestDifference, loadGolden, relativeError } from './support';

describe.each(['tied', 'untied'] as const)('the %s model', (name) => {
  test.each(['single', 'padded', 'packed', 'mixed'])(
    'case %s: logits, log-probabilities, loss, gradients',
    async (kind) => {
      const golden = await loadGolden(name);
      const engine = await goldenEngine(golden);
      const batch = caseBatch(golden, kind);
      // Padding has no reference value, and none is needed.
      const real = (values: Float32Array, width: number) =>
        values.filter((_, i) => batch.documents[Math.floor(i / width)] !== 0);

      const logits = await engine.logits(batch, 'base');
      const expected = golden.expected(`${kind}/logits`);
      const width = engine.vocabularySize;
      expect(largestDifference(real(logits, width), real(expected, width))).toBeLessThan(1e-5);

      const logProbs = await engine.score(batch, 'tuned');
      expect(largestDifference(real(logProbs, 1), real(golden.expected(`${kind}/logProbs`), 1))).toBeLessThan(
        1e-5,
      );

      const { loss, gradients } = await engine.lossAndGradients(batch);
      expect(loss).toBeCloseTo(golden.cases[kind]?.loss ?? NaN, 5);
      expect([...gradients.keys()]).toEqual([...engine.parameters.keys()]);
      for (const [parameter, gradient] of gradients) {
        const error = relativeError(gradient, golden.expected(`${kind}/gradients/${parameter}`));
        expect(error, parameter).toBeLessThan(1e-5);
      }
      engine.dispose();
    },
  );

  test('twenty steps of AdamW follow torch', async () => {
    const golden = await loadGolden(name);
    const engine = await goldenEngine(golden);
    const batches = ['single', 'mixed', 'padded'].map((kind) => caseBatch(golden, kind));
    for (const [step, point] of golden.curve.entries()) {
      const batch = batches[step % batches.length];
      if (!batch) throw new Error('no batch');
      const result = await engine.step([batch], golden.adamw);
      expect(Math.abs(result.loss - point.loss), `loss of step ${step}`).toBeLessThan(2e-5);
      expect(result.gradientNorm / point.gradientNorm, `norm of step ${step}`).toBeCloseTo(1, 4);
    }
    for (const [parameter, values] of await engine.read()) {
      const difference = largestDifference(values, golden.expected(`trained/${parameter}`));
      expect(difference, parameter).toBeLessThan(2e-5);
    }
    engine.dispose();
  });

  test('greedy generation', async () => {
    const golden = await loadGolden(name);
    const engine = await goldenEngine(golden);
    const { prompt, tokens } = golden.generation;
    const options = { maxNewTokens: tokens.length, temperature: 0, topP: 1, seed: 0, stopIds: [] };
    const found = await collect(engine.generate(Int32Array.from(prompt), options, 'base'));
    expect(found.map(({ id }) => id)).toEqual(tokens.map(({ id }) => id));
    found.forEach(({ logProb }, i) => expect(logProb).toBeCloseTo(tokens[i]?.logProb ?? NaN, 4));
    engine.dispose();
  });
});
