/**
 * @file Malformed safetensors files: each refused with its own reason, and every one that the Rust parser rejects. What it
 * says of the same files is in test/golden/safetensors, written by tools/golden/safetensors_verdicts.py.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { blobFolder } from '../../src/model/byte-file';
import { parseSafetensors } from '../../src/model/safetensors';
import { openWeights } from '../../src/model/weight-source';
import { MALFORMED, mutations, VALID } from './safetensors-cases';

interface Verdicts {
  malformed: Record<string, string | null>;
  valid: Record<string, string | null>;
  /** `r` or `a`, rejected or accepted. */
  mutations: string;
}
const verdicts = JSON.parse(readFileSync('test/golden/safetensors/verdicts.json', 'utf8')) as Verdicts;

/** Refused here although the Rust parser takes them: what they mean is not certain, or is a trap. */
const STRICTER =
  /occurs twice|empty name|“__proto__” is not accepted|unknown field|does not begin with “{”|“{” is missing in tensor/;

function refusal(bytes: Uint8Array): LosslightError | undefined {
  try {
    parseSafetensors(bytes, 'x.safetensors');
    return undefined;
  } catch (error) {
    if (error instanceof LosslightError) return error;
    throw error;
  }
}

/** The same bytes as a file that is read in pieces, as the page and the command line do it. */
async function refusalInPieces(bytes: Uint8Array): Promise<LosslightError | undefined> {
  const folder = blobFolder('m', [{ name: 'model.safetensors', blob: new Blob([Uint8Array.from(bytes)]) }]);
  return openWeights(folder).then(
    (source) => void source.close(),
    (error: unknown) => {
      if (error instanceof LosslightError) return error;
      throw error;
    },
  );
}

describe('malformed files', () => {
  test('are at least a hundred, each with a name of its own and a verdict', () => {
    const names = MALFORMED.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(100);
    expect(Object.keys(verdicts.malformed)).toEqual(names);
  });

  test.each(MALFORMED)('%s', async (name, bytes, reason) => {
    for (const error of [refusal(bytes), await refusalInPieces(bytes)]) {
      expect(error?.code).toBe('bad-model');
      expect(error?.message).toMatch(/^(x|model)\.safetensors is not a valid safetensors file: /);
      expect(error?.message).toMatch(reason);
      expect(error?.remedy).not.toBe('');
      if (verdicts.malformed[name] === null) expect(error?.message).toMatch(STRICTER);
    }
  });
});

describe('files that are odd and right', () => {
  test.each(VALID)('%s', async (name, bytes) => {
    expect(verdicts.valid[name]).toBeNull();
    expect(refusal(bytes)).toBeUndefined();
    expect(await refusalInPieces(bytes)).toBeUndefined();
  });
});

describe('two thousand files changed by chance', () => {
  const files = mutations(verdicts.mutations.length);

  test('what the Rust parser rejects is refused, and what it accepts is, or is refused on purpose', async () => {
    expect(files).toHaveLength(2000);
    expect(verdicts.mutations).toMatch(/^[ar]*a[ar]*$/);
    for (const [i, bytes] of files.entries()) {
      const error = refusal(bytes);
      if (verdicts.mutations[i] === 'r') {
        if (!error)
          throw new Error(`File ${i} was accepted: ${JSON.stringify(String.fromCharCode(...bytes))}`);
      } else if (error) expect(error.message).toMatch(STRICTER);
      expect((await refusalInPieces(bytes))?.message.replace(/^\S+/, '')).toBe(
        error?.message.replace(/^\S+/, ''),
      );
    }
  });
});
