/**
 * @file What is used of the npm package `webgpu` (Dawn), which is installed only where somebody wants Node to compute on a
 * GPU: it is 130 MB large.
 */
declare module 'webgpu' {
  export function create(options: string[]): GPU;
  /** `GPUBufferUsage` and its like. */
  export const globals: object;
}
