/**
 * @file WGSL from parts: the bindings, the uniforms and the entry point that every kernel has, and the sums and maxima
 * that row-wise kernels take over the invocations of a row.
 */
import type { Dispatch, Kernel } from './operation';
import type { Tensor } from './tensor';

/** Most workgroups in one dimension of a dispatch, on every device. */
const MAX_GROUPS = 65535;
/** Invocations of a workgroup where nothing else is asked for. */
const WORKGROUP = 64;

/** Members of the uniforms before a kernel's own: the first workgroup of a part, x and y, and how many there are across. */
export const PART_UNIFORMS = 3;

export interface KernelSource {
  name: string;
  /** Storage buffers by their names in the code: access and WGSL type, such as `read array<f32>`. */
  buffers: Readonly<Record<string, `${'read' | 'write'} array<${string}>`>>;
  /** Sizes and constants that do not change the code, as members of `sizes`. */
  uniforms: Readonly<Record<string, 'u32' | 'f32'>>;
  /** Size of a workgroup; [64, 1] by default. */
  workgroup?: readonly [number, number];
  /** Functions and constants before the entry point. */
  declarations?: string;
  /** Extensions of WGSL that the code uses. With `subgroups`, `subgroupLane` and `subgroupLanes` are in scope too. */
  enables?: readonly ('f16' | 'subgroups')[];
  /**
   * Statements of the entry point. In scope: `index` (of the invocation, over all of a dispatch made with `spread`),
   * `group` and `global` (of the workgroup and the invocation, x and y), `local` and `within` (of the invocation within its
   * workgroup, as one number and as x and y). A dispatch may be cut into parts, so WebGPU's builtins for these are not
   * what the kernel wants.
   */
  body: string;
}

export function makeKernel(source: KernelSource): Kernel {
  const { name, declarations = '', body, workgroup = [WORKGROUP, 1], enables = [] } = source;
  const buffers = Object.entries(source.buffers).map(([buffer, access]) => {
    const [kind, type] = access.split(/ (.*)/s) as ['read' | 'write', string];
    return { name: buffer, access: kind, type };
  });
  const uniforms = Object.entries(source.uniforms).map(([member, type]) => ({ name: member, type }));
  const subgroups = enables.includes('subgroups')
    ? '\n  @builtin(subgroup_invocation_id) subgroupLane: u32,\n  @builtin(subgroup_size) subgroupLanes: u32,'
    : '';
  const code = `${enables.map((extension) => `\nenable ${extension};`).join('')}
struct Sizes { originX: u32, originY: u32, across: u32, ${uniforms.map((member) => `${member.name}: ${member.type}`).join(', ')} }
@group(0) @binding(0) var<uniform> sizes: Sizes;
${buffers
  .map(
    ({ name: buffer, access, type }, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${access === 'write' ? 'read_write' : 'read'}> ${buffer}: ${type};`,
  )
  .join('\n')}
${declarations}
@compute @workgroup_size(${workgroup.join(', ')})
fn main(
  @builtin(workgroup_id) dispatched: vec3u,
  @builtin(local_invocation_id) within: vec3u,
  @builtin(local_invocation_index) local: u32,${subgroups}
) {
  let group = dispatched.xy + vec2u(sizes.originX, sizes.originY);
  let global = group * vec2u(${workgroup[0]}u, ${workgroup[1]}u) + within.xy;
  let index = (group.y * sizes.across + group.x) * ${workgroup[0] * workgroup[1]}u + local;
${body}
}
`;
  return {
    name,
    code,
    buffers: buffers.map(({ name: buffer, access }) => ({ name: buffer, access })),
    uniforms,
  };
}

/**
 * A dispatch with its tensors and uniforms by the names that the kernel's code has for them.
 *
 * @throws RangeError where one is missing.
 */
export function makeDispatch(
  kernel: Kernel,
  tensors: Readonly<Record<string, Tensor>>,
  uniforms: Readonly<Record<string, number>>,
  groups: Dispatch['groups'],
): Dispatch {
  const given = <T>(values: Readonly<Record<string, T>>, { name }: { name: string }): T => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`The kernel ${kernel.name} was not given ${name}.`);
    return value;
  };
  return {
    kernel,
    tensors: kernel.buffers.map((buffer) => given(tensors, buffer)),
    uniforms: kernel.uniforms.map((member) => given(uniforms, member)),
    groups,
  };
}

/**
 * Workgroups over two dimensions, for kernels that go by `index` or `row`: there may be a few more than asked for, so a
 * kernel checks its index.
 *
 * @throws RangeError beyond 65,535² workgroups.
 */
export function spread(groups: number): [number, number, number] {
  const y = Math.ceil(groups / MAX_GROUPS);
  if (y > MAX_GROUPS) throw new RangeError(`${groups} workgroups are more than a device can be given.`);
  return [Math.ceil(groups / y), y, 1];
}

/** Workgroups of 64 for so many invocations. */
export function elementwise(invocations: number): [number, number, number] {
  return spread(Math.ceil(invocations / WORKGROUP));
}

/** What a kernel that goes element by element reads and writes at a time. */
export type VectorType = 'vec4f' | 'f32';

/** Fours where the elements come in fours. */
export function vectorType(elements: number): VectorType {
  return elements % 4 === 0 ? 'vec4f' : 'f32';
}

/** How many of `vectorType` so many elements are. */
export function vectors(elements: number): number {
  return elements % 4 === 0 ? elements / 4 : elements;
}

/** Invocations of a workgroup where each has a row of its own: few, so that a short dispatch still uses all cores. */
const ROWS_PER_GROUP = 16;

/** Workgroups of a row kernel for so many rows. */
export function rowGroups(lanes: number, rows: number): [number, number, number] {
  return spread(lanes === 1 ? Math.ceil(rows / ROWS_PER_GROUP) : rows);
}

/**
 * A kernel for rows that `lanes` invocations share (see `WgslTarget`). Its uniforms must hold `rows`. In scope of the
 * body, beside those of any kernel: `row`, `lane`, the constant `LANES`, `total(value, lane)` and `largest(value, lane)`
 * over the invocations of the row. These must be called by all of them.
 */
export function makeRowKernel(source: Omit<KernelSource, 'workgroup'>, lanes: number): Kernel {
  const alone = lanes === 1;
  const reduction = (name: string, combine: string) =>
    alone
      ? `fn ${name}(value: f32, lane: u32) -> f32 { return value; }`
      : `fn ${name}(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  partials[lane] = value;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width >>= 1u) {
    if (lane < width) { partials[lane] = ${combine}; }
    workgroupBarrier();
  }
  return partials[0];
}`;
  return makeKernel({
    ...source,
    name: alone ? source.name : `${source.name}, ${lanes} lanes`,
    workgroup: [alone ? ROWS_PER_GROUP : lanes, 1],
    declarations: `const LANES = ${lanes}u;
${alone ? '' : 'var<workgroup> partials: array<f32, LANES>;'}
${reduction('total', 'partials[lane] + partials[lane + width]')}
${reduction('largest', 'max(partials[lane], partials[lane + width])')}
${source.declarations ?? ''}`,
    body: `
  let row = ${alone ? 'index' : 'group.y * sizes.across + group.x'};
  let lane = ${alone ? '0u' : 'local'};
  if (row >= sizes.rows) { return; }
${source.body}`,
  });
}
