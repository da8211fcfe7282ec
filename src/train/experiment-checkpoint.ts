/**
 * @file A run of an experiment between two steps as one file: what is trained, the optimizer's state, where the run stands in its
 * data, and how much of its log belongs to it. A run that goes on from there gives the same bits as one that never stopped.
 */
import type { Cost } from '../experiment/log';
import type { EngineState } from '../model/engine';
import { decodeTensor, parseSafetensors } from '../model/safetensors';
import { safetensorsFile } from '../model/safetensors-write';
import type { SavedRun } from './run-control';

export interface Checkpoint {
  /** What the run depends on, see `BeginLine`. */
  definition: string;
  cost: Cost;
  /** Lines of the log up to here. */
  lines: number;
  /** The step that was measured last. */
  measured: number;
  run: SavedRun;
  engine: EngineState;
}

const KEY = 'losslight';
const VALUE = 'value.';
const MOMENTS = ['first', 'second'] as const;

export function writeCheckpoint({ engine, ...rest }: Checkpoint): Uint8Array {
  const flat = (values: Float32Array) => ({ shape: [values.length], values });
  const tensors = new Map([
    ...[...engine.values].map(([name, values]) => [`${VALUE}${name}`, flat(values)] as const),
    ...engine.moments.flatMap((moments, i) =>
      MOMENTS.map((which) => [`${which}.${i}`, flat(moments[which])] as const),
    ),
  ]);
  const text = JSON.stringify({ ...rest, steps: engine.steps, pools: engine.moments.length });
  return safetensorsFile(tensors, { metadata: { [KEY]: text } });
}

/** @returns undefined where the file is not one of ours: the run then begins anew. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  try {
    const { metadata, tensors } = parseSafetensors(bytes);
    const { steps, pools, ...rest } = JSON.parse(metadata.get(KEY) ?? '') as Omit<Checkpoint, 'engine'> & {
      steps: number;
      pools: number;
    };
    const values = new Map<string, Float32Array>();
    const found = new Map<string, Float32Array>();
    for (const [name, stored] of tensors) {
      if (name.startsWith(VALUE)) values.set(name.slice(VALUE.length), decodeTensor(stored));
      else found.set(name, decodeTensor(stored));
    }
    const moments = Array.from({ length: pools }, (_, i) => {
      const [first, second] = MOMENTS.map((which) => found.get(`${which}.${i}`));
      if (!first || !second) throw new RangeError(`There are no moments of pool ${i}.`);
      return { first, second };
    });
    return { ...rest, engine: { values, moments, steps } };
  } catch {
    return undefined;
  }
}
