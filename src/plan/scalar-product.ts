/**
 * @file The matrix product in plain loops: for machines whose WebAssembly has no vectors, and in 64 bits for checks.
 */
import type { FloatArray, ProductCall } from './operation';

/** C = A · B or C += A · B within `memory`; see `ProductCall`. */
export function scalarProduct(memory: FloatArray, call: ProductCall): void {
  const { m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, accumulate } = call;
  for (let i = 0; i < m; i++) {
    const target = memory.subarray(c + i * cRow, c + i * cRow + n);
    if (!accumulate) target.fill(0);
    if (bColumn === 1) {
      for (let s = 0; s < k; s++) {
        const left = memory[a + i * aRow + s * aColumn] as number;
        const right = b + s * bRow;
        for (let j = 0; j < n; j++) (target[j] as number) += left * (memory[right + j] as number);
      }
    } else {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let s = 0; s < k; s++) {
          sum +=
            (memory[a + i * aRow + s * aColumn] as number) * (memory[b + s * bRow + j * bColumn] as number);
        }
        (target[j] as number) += sum;
      }
    }
  }
}
