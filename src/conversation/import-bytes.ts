/**
 * @file Files as bytes: gzip is unpacked, text is decoded; then they are imported like text. Everything is in memory at
 * once; reading a file in pieces is not done here yet.
 */
import { importFiles, MAX_FILE_CHARACTERS, type ImportOptions } from './import';
import type { ImportProblem, ImportResult } from './types';

/** Most bytes of one file after unpacking. A small gzip file may unpack to a thousand times its size. */
export const MAX_UNPACKED_BYTES = 2 * MAX_FILE_CHARACTERS;

const decoder = (encoding: string) => new TextDecoder(encoding, { ignoreBOM: true });

/**
 * Imports files of bytes: UTF-8, or UTF-16 with a byte order mark, packed by gzip or not. A file that cannot be unpacked
 * is listed as a problem; bytes that are no UTF-8 become U+FFFD, each line with a warning. Never throws.
 */
export async function importBytes(
  files: readonly { name: string; bytes: Uint8Array }[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const taken = new Set(options.taken ?? []);
  const results: ImportResult[] = [];
  for (const { name, bytes } of files) {
    const result = await importOne(name, bytes, { ...options, taken });
    for (const { id } of result.conversations) taken.add(id);
    results.push(result);
  }
  return {
    format: [...new Set(results.map((result) => result.format))].join(', '),
    conversations: results.flatMap((result) => result.conversations),
    problems: results.flatMap((result) => result.problems),
    records: results.reduce((sum, result) => sum + result.records, 0),
  };
}

async function importOne(name: string, bytes: Uint8Array, options: ImportOptions): Promise<ImportResult> {
  const unpacked = await unpack(bytes);
  if (!unpacked.ok) return refused(name, unpacked.reason, unpacked.remedy);
  const { text, broken } = decode(unpacked.bytes);
  const result = importFiles([{ name, text }], options);
  return { ...result, problems: [...result.problems, ...brokenLines(name, broken, result)] };
}

// A file of several gzip members, joined, is refused as broken where DecompressionStream follows its standard (browsers);
// Node unpacks them all.
type Unpacked = { ok: true; bytes: Uint8Array } | { ok: false; reason: string; remedy: string };

async function unpack(bytes: Uint8Array): Promise<Unpacked> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return within(bytes.length) ?? { ok: true, bytes };
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // A copy: a view on memory that is shared, or larger than the file, is no Blob part.
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'));
    const reader = stream.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value);
      length += read.value.length;
      const refusal = within(length);
      if (!refusal) continue;
      await reader.cancel();
      return refusal;
    }
  } catch {
    const reason = 'the gzip data is broken or cut off';
    return { ok: false, reason, remedy: 'Pack the file again in one piece, or bring it unpacked.' };
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return { ok: true, bytes: all };
}

function within(length: number): Unpacked | undefined {
  if (length <= MAX_UNPACKED_BYTES) return undefined;
  const reason = `the file has more than the ${MAX_UNPACKED_BYTES} bytes that fit into a tab, unpacked`;
  return { ok: false, reason, remedy: 'Split it into smaller files.' };
}

/** The text, and the lines on which bytes were no UTF-8. */
function decode(bytes: Uint8Array): { text: string; broken: number[] } {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark === 0xfffe || mark === 0xfeff) {
    return { text: decoder(mark === 0xfffe ? 'utf-16le' : 'utf-16be').decode(bytes), broken: [] };
  }
  try {
    return { text: new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(bytes), broken: [] };
  } catch {
    return { text: decoder('utf-8').decode(bytes), broken: findBroken(bytes) };
  }
}

function findBroken(bytes: Uint8Array): number[] {
  const strict = new TextDecoder('utf-8', { fatal: true });
  const broken: number[] = [];
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    try {
      strict.decode(bytes.subarray(start, end));
    } catch {
      broken.push(line);
    }
    start = end + 1;
  }
  return broken;
}

/** A warning for each broken line, with the record that it is in. */
function brokenLines(file: string, lines: readonly number[], result: ImportResult): ImportProblem[] {
  const records = result.conversations.map(({ source }) => source);
  return lines.map((line) => {
    const record = records.findLast((source) => source.line <= line)?.record ?? 0;
    const reason = 'bytes on this line are no UTF-8, and were read as U+FFFD';
    return { file, record, line, field: '', severity: 'warning', reason, remedy: 'Save the file as UTF-8.' };
  });
}

function refused(file: string, reason: string, remedy: string): ImportResult {
  const problem: ImportProblem = { file, record: 0, line: 1, field: '', severity: 'error', reason, remedy };
  return { format: 'unknown', conversations: [], problems: [problem], records: 0 };
}
