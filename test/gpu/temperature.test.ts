/**
 * @file Log-probabilities and gradients at another temperature than 1 on the GPU: the former from transformers' logits, the latter
 * as on the CPU, whose are TRL's (`test/unit/on-policy-temperature.test.ts`).
 */
import { expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { caseBatch, largestDifference, loadGolden, relativeError, testDevice, weightsOf } from './support';

const TEMPERATURE = 0.7;

/** log softmax(logits / T) at the targets, [rows · length], in double precision. */
function fromLogits(logits: Float32Array, targets: Int32Array, width: number): Float32Array {
  return Float32Array.from(targets, (target, row) => {
    const line = Array.from(logits.subarray(row * width, (row + 1) * width), (logit) => logit / TEMPERATURE);
    const top = Math.max(...line);
    const sum = line.reduce((all, logit) => all + Math.exp(logit - top), 0);
    return (line[target] ?? NaN) - top - Math.log(sum);
  });
}

test('score and gradients at a temperature of 0.7', async () => {
  const golden = await loadGolden('tied');
  const batch = caseBatch(golden, 'mixed');
  const weights = weightsOf(golden.file);
  const executor = new WgslExecutor(await testDevice());
  const engine = await PlannedEngine.load(executor, golden.config, weights);
  const cpu = await CpuExecutor.create();
  const there = await PlannedEngine.load(cpu, golden.config, weights);
  const real = (values: Float32Array) => values.filter((_, i) => batch.documents[i] !== 0);

  const found = await engine.score(batch, 'tuned', TEMPERATURE);
  const expected = fromLogits(golden.expected('mixed/logits'), batch.targets, engine.vocabularySize);
  expect(largestDifference(real(found), real(expected))).toBeLessThan(1e-5);
  // At 1 they are others: the temperature is not left out.
  expect(largestDifference(real(found), real(await engine.score(batch, 'tuned')))).toBeGreaterThan(1e-2);

  const here = await engine.lossAndGradients(batch, { temperature: TEMPERATURE });
  const reference = await there.lossAndGradients(batch, { temperature: TEMPERATURE });
  expect(here.loss).toBeCloseTo(reference.loss, 5);
  expect(here.gradients.size).toBe(reference.gradients.size);
  for (const [name, gradient] of here.gradients)
    expect(relativeError(gradient, reference.gradients.get(name) ?? new Float32Array()), name).toBeLessThan(
      1e-5,
    );

  await expect(engine.score(batch, 'tuned', 0)).rejects.toMatchObject({ code: 'bad-settings' });
  engine.dispose();
  there.dispose();
  executor.dispose();
  cpu.dispose();
});
