/**
 * @file Parameters, gradients and moments as ranges of pools, so that the end of a step is a few large operations.
 */
import { align, makeTensor, sizeOf, type Tensor } from './tensor';

/** Parameters that are updated together: the tensors of the pool as a whole, all [elements]. */
export interface Pool {
  parameters: Tensor;
  gradient: Tensor;
  first: Tensor;
  second: Tensor;
  /** Matrices decay, vectors do not. */
  decays: boolean;
}

export interface Parameter {
  value: Tensor;
  gradient: Tensor;
}

export interface ParameterPools {
  /** By name, in the order they were given. */
  parameters: ReadonlyMap<string, Parameter>;
  pools: readonly Pool[];
}

/** Most elements of a pool: 128 MiB, what every WebGPU device binds. A larger tensor has a pool of its own. */
const POOL_ELEMENTS = 2 ** 25;

/**
 * Lays parameters into pools, matrices and vectors apart. Between tensors there may be a few elements that belong to
 * none; they are zeros and stay zeros.
 *
 * @param shapes by name
 */
export function makePools(
  shapes: ReadonlyMap<string, readonly number[]>,
  most = POOL_ELEMENTS,
): ParameterPools {
  const layouts: { decays: boolean; elements: number; places: [name: string, offset: number][] }[] = [];
  for (const [name, shape] of shapes) {
    const decays = shape.length > 1;
    const size = align(sizeOf(shape));
    let layout = layouts.findLast((candidate) => candidate.decays === decays);
    if (!layout || layout.elements + size > most) {
      layout = { decays, elements: 0, places: [] };
      layouts.push(layout);
    }
    layout.places.push([name, layout.elements]);
    layout.elements += size;
  }
  const found = new Map<string, Parameter>();
  const pools = layouts.map(({ decays, elements, places }, i): Pool => {
    const tensor = (what: string, role: 'parameter' | 'gradient' | 'moment') =>
      makeTensor(`${what} ${i}`, [elements], role);
    const pool = {
      parameters: tensor('parameters', 'parameter'),
      gradient: tensor('gradients', 'gradient'),
      first: tensor('first moments', 'moment'),
      second: tensor('second moments', 'moment'),
      decays,
    };
    for (const [name, offset] of places) {
      const range = ({ buffer }: Tensor): Tensor => ({
        buffer,
        offset,
        shape: [...(shapes.get(name) ?? [])],
      });
      found.set(name, { value: range(pool.parameters), gradient: range(pool.gradient) });
    }
    return pool;
  });
  const parameters = new Map([...shapes.keys()].map((name) => [name, found.get(name) as Parameter]));
  return { parameters, pools };
}
