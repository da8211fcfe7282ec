/**
 * @file Hostile tokenizers on the command line: each ends with status 2 and one line that names the record or the field.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCli } from '../../tools/cli-build.mjs';
import { HOSTILE_TOKENIZERS, hostileJson } from '../fixtures/hostile/tokenizers';

const CONFIG = JSON.stringify({
  eos_token: '<|im_end|>',
  chat_template:
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}',
});
/** The longest that one may take, on a machine that does other things too; without an end it would be years. */
const DEADLINE = 20_000;
let folder: string;
let bundle: string;
let base: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-hostile-'));
  bundle = path.join(folder, 'bundle', 'losslight.mjs');
  await buildCli(bundle);
  base = JSON.parse(await readFile('test/golden/tokenizer/byte-gpt2.tokenizer.json', 'utf8')) as typeof base;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function losslight(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bundle, ...args],
      { timeout: DEADLINE, maxBuffer: 1 << 26 },
      (error, stdout, stderr) =>
        // A process that had to be killed has no status.
        resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

it('there are at least ten', () => expect(HOSTILE_TOKENIZERS.length).toBeGreaterThanOrEqual(10));

describe('losslight masks with', () => {
  it.each(HOSTILE_TOKENIZERS.map((tokenizer, i) => [tokenizer.what, tokenizer, i] as const))(
    '%s',
    async (_, tokenizer, i) => {
      const model = path.join(folder, String(i));
      await mkdir(model);
      await writeFile(path.join(model, 'tokenizer.json'), hostileJson(tokenizer, base));
      await writeFile(path.join(model, 'tokenizer_config.json'), CONFIG);
      const data = path.join(model, 'data.jsonl');
      const record = (content: string) =>
        JSON.stringify({
          messages: [
            { role: 'user', content },
            { role: 'assistant', content: 'Yes.' },
          ],
        });
      await writeFile(data, `${record('hm')}\n${record(tokenizer.text)}\n`);
      const { code, stdout, stderr } = await losslight(
        'masks',
        '--tokenizer',
        model,
        '--data',
        data,
        '--json',
      );
      const lines = stderr.trimEnd().split('\n');
      if (!tokenizer.error) {
        expect([code, stdout.trimEnd().split('\n').length], stderr).toEqual([0, 2]);
        return;
      }
      expect(code, stderr).toBe(2);
      expect(lines.at(-1)).toMatch(tokenizer.error);
      // The record before it was printed, and the one that bites is named; or else the tokenizer is.
      if (stdout) expect(lines.at(-1)).toMatch(/data\.jsonl:2: record 1: /);
      else expect(lines.at(-1)).toContain('tokenizer.json');
    },
    60_000,
  );
});
