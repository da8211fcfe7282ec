/**
 * @file Fetching a model folder: `config.json` and `model.safetensors` below one address.
 */
import { LosslightError } from '../errors';
import { parseConfig, type ModelConfig } from './config';
import { parseSafetensors, type SafetensorsFile } from './safetensors';

/**
 * Fetches and reads a model folder. The configuration is checked before the weights are asked for.
 *
 * @param url of the folder, with or without a slash at its end
 * @param onProgress gets the bytes of the weights received so far, and all of them (0 where the server does not say)
 * @throws LosslightError `download-failed` where a file does not come; `bad-model` where one cannot be used.
 */
export async function downloadModel(
  url: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<{ config: ModelConfig; file: SafetensorsFile }> {
  const folder = url.endsWith('/') ? url : `${url}/`;
  const text = new TextDecoder().decode(await download(`${folder}config.json`));
  const config = parseConfig(text);
  return { config, file: parseSafetensors(await download(`${folder}model.safetensors`, onProgress)) };
}

async function download(
  url: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Uint8Array> {
  const fail = (reason: string, cause?: unknown): never => {
    const remedy =
      'Check the connection and that the address leads to a model folder, then load the model again.';
    throw new LosslightError('download-failed', `${url} could not be fetched: ${reason}`, remedy, { cause });
  };
  try {
    const response = await fetch(url);
    if (!response.ok || !response.body)
      fail(`the server answered ${response.status} ${response.statusText}.`);
    return await collect(response, onProgress);
  } catch (cause) {
    if (cause instanceof LosslightError) throw cause;
    return fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The body as one array. Content-Length is the size before decompression, so it only sizes the progress. */
async function collect(
  response: Response,
  onProgress: (done: number, total: number) => void,
): Promise<Uint8Array> {
  const total = Number(response.headers.get('content-length') ?? 0);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let done = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    done += part.value.length;
    onProgress(done, Math.max(total, done));
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
