/**
 * @file A session as one file, NAME.losslight.zip: `session.json` with what a page holds, and the tuned weights beside it where they
 * were asked for. The archive opens anywhere; the JSON is that of `page-content.ts`.
 */
import { sessionFile as words } from '$strings/session-file';
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { textOf } from './inflate';
import {
  readContent,
  writeContent,
  type PageContent,
  type ReadContent,
  type StoredWeights,
} from './page-content';
import { writeZip, ZipFile, type ZipEntry } from './zip-file';

const CONTENT = 'session.json';
/** 32-bit floats, little-endian, one after the other in the order of `weights.parts`. */
const WEIGHTS = 'weights.f32';
/** Bytes of JSON: about a hundred thousand conversations; more stays in files of its own. */
const MOST_JSON = 400e6;
/** Bytes of weights: what memory keeps of them, see `SNAPSHOT_LIMIT`. */
const MOST_WEIGHTS = 2e9;

export type WeightValues = ReadonlyMap<string, Float32Array>;

/**
 * @param runs as `storeRun` writes them
 * @param weights tuned weights and the point of a run that they stand at
 * @throws LosslightError `too-large` beyond what `readSessionFile` takes.
 */
export async function makeSessionFile(
  content: PageContent,
  runs: readonly Json[],
  weights?: { at: StoredWeights['at']; values: WeightValues },
): Promise<Blob> {
  const parts = weights && [...weights.values].map(([name, { length }]) => ({ name, length }));
  const whole = { ...content, ...(weights && parts && { weights: { at: weights.at, parts } }) };
  const json = new Blob([JSON.stringify(writeContent(whole, runs, true), null, 1)]);
  if (json.size > MOST_JSON) {
    throw tooLarge(words.sessionTooLarge, MOST_JSON, words.takeFewer);
  }
  const entries: ZipEntry[] = [{ name: CONTENT, content: json, pack: true }];
  if (weights && parts) {
    if (floatsOf(parts) * 4 > MOST_WEIGHTS) {
      throw tooLarge(words.weightsTooLarge, MOST_WEIGHTS, words.saveWithout);
    }
    const floats = [...weights.values.values()] as Float32Array<ArrayBuffer>[];
    entries.push({ name: WEIGHTS, content: new Blob(floats), pack: false });
  }
  return writeZip(entries);
}

/**
 * Reads a session's file. What is wrong in it is left out and told; weights that are damaged are left out, too.
 *
 * @throws LosslightError `bad-archive`, `bad-content`, `newer-content`, `too-large`.
 */
export async function readSessionFile(
  file: Blob,
  name: string,
): Promise<ReadContent & { values?: WeightValues }> {
  const zip = await ZipFile.open(file);
  if (!zip.has(CONTENT)) {
    throw new LosslightError('bad-archive', words.noSession(name, CONTENT), words.noSessionRemedy);
  }
  const bytes = new Uint8Array(await (await zip.read(CONTENT, MOST_JSON)).arrayBuffer());
  let json: Json;
  try {
    json = JSON.parse(textOf([bytes])) as Json;
  } catch (cause) {
    throw new LosslightError('bad-archive', words.notJson(CONTENT, name), words.saveAgainOrEarlier, {
      cause,
    });
  }
  const { content, problems } = readContent(json, name);
  if (!content.weights) return { content, problems };
  try {
    return { content, problems, values: await readWeights(zip, content.weights) };
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    const { weights: _, ...rest } = content;
    return { content: rest, problems: [...problems, words.weightsLeftOut(error.message)] };
  }
}

function floatsOf(parts: StoredWeights['parts']): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function tooLarge(message: (megabytes: number) => string, limit: number, remedy: string): LosslightError {
  return new LosslightError('too-large', message(Math.round(limit / 1e6)), remedy);
}

async function readWeights(zip: ZipFile, { parts }: StoredWeights): Promise<WeightValues> {
  const floats = floatsOf(parts);
  const blob = await zip.read(WEIGHTS, MOST_WEIGHTS);
  if (blob.size !== floats * 4) {
    throw new LosslightError('bad-archive', words.otherSize(WEIGHTS, blob.size, floats * 4), words.saveAgain);
  }
  const buffer = await blob.arrayBuffer();
  let at = 0;
  const values = parts.map(({ name, length }): [string, Float32Array] => {
    const part = new Float32Array(buffer, at, length).slice();
    at += length * 4;
    return [name, part];
  });
  return new Map(values);
}
