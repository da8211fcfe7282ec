/**
 * @file The page that the benchmark drives: starts a worker for a row and hands over what comes of it.
 */
import type { Row, RowRequest } from './row';

/** Either the row or why there is none. */
export type Answer = { row: Row } | { error: string };

function measure(request: RowRequest): Promise<Answer> {
  const worker = new Worker(new URL('./row-worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = ({ message }) => resolve({ error: message || 'The worker failed to start.' });
    worker.postMessage(request);
  }).finally(() => worker.terminate()) as Promise<Answer>;
}

Object.assign(globalThis, { measure });
