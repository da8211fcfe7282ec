/**
 * @file Gradients of every parameter against what tools/golden/probes.py keeps of them: the norm, and sums over all entries.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** √Σg² and Σ g[i]·sin(k·(i + 1)) for k = 1 …, by parameter. */
type Probes = Readonly<Record<string, readonly number[]>>;

/** Of each case of a folder of test/golden. */
export function readProbes(folder: string): ReadonlyMap<string, Probes> {
  const json = JSON.parse(readFileSync(`test/golden/${folder}/probes.json`).toString()) as object;
  return new Map(Object.entries(json) as [string, Probes][]);
}

/** Expects the gradient of every parameter, and of no other, to be that of PyTorch to 1e-4 of its norm. */
export function expectProbes(found: ReadonlyMap<string, Float32Array>, expected: Probes | undefined): void {
  expect([...found.keys()].sort()).toEqual(Object.keys(expected ?? {}).sort());
  for (const [name, gradient] of found) {
    const [norm = NaN, ...sums] = expected?.[name] ?? [];
    expect(norm, name).toBeGreaterThan(0);
    expect(sums, name).toHaveLength(8);
    expect(Math.abs(Math.hypot(...gradient) - norm) / norm, name).toBeLessThan(1e-4);
    sums.forEach((sum, k) => {
      const own = gradient.reduce((all, value, i) => all + value * Math.sin((k + 1) * (i + 1)), 0);
      expect(Math.abs(own - sum) / norm, `${name}, sum ${k + 1}`).toBeLessThan(1e-4);
    });
  }
}
