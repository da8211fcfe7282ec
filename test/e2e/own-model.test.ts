/**
 * @file A practitioner's own tokenizer, template and data on the built page, with its real workers: what the page exports is
 * what the command line prints for the same files.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, startServer, type TestServer } from './server';

const execute = promisify(execFile);

interface Mask {
  source: number;
  ids: number[];
  tokens: string[];
  weights: number[];
  text: string;
}

/** Masks of the whole file as the command line prints them. */
async function masks(...args: string[]): Promise<Mask[]> {
  const { stdout } = await execute('node', ['bin/losslight.mjs', 'masks', '--json', ...args]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Mask);
}

describe('one’s own model and data', () => {
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const at = (...parts: string[]) => path.join(folder, ...parts);

  /** What a click on a button hands to the disk. */
  async function saved(button: string): Promise<string> {
    const download = page.waitForEvent('download');
    if (button === 'Save as JSON') {
      await page.getByRole('button', { name: 'Copy or save…' }).click();
    }
    await page.getByRole('button', { name: button, exact: true }).click();
    const file = at('saved');
    await (await download).saveAs(file);
    return readFile(file, 'utf8');
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'losslight-own-'));
    await mkdir(at('model'));
    await cp('test/golden/tokenizer/byte-llama3.tokenizer.json', at('model', 'tokenizer.json'));
    await cp('test/fixtures/templates/chatml-keeps-thinking.jinja', at('model', 'chat_template.jinja'));
    // A template that must lose against the file beside it, as in transformers.
    const config = { eos_token: '<|im_end|>', chat_template: 'WRONG{{ messages[0].content }}' };
    await writeFile(at('model', 'tokenizer_config.json'), JSON.stringify(config));
    const data = await readFile('test/fixtures/import/eight.jsonl');
    await writeFile(at('data.jsonl.gz'), gzipSync(data));
    await execute('node', ['tools/cli-build.mjs']);
    server = await startServer();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.setDefaultTimeout(60_000);
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a folder’s tokenizer and template, and a packed file, show masks', async () => {
    const card = page.getByRole('region', { name: 'Tokenizer and template' });
    await card.waitFor();
    await page.locator('input[data-picker="model-folder"]').setInputFiles(at('model'));
    await card.getByText('your chat_template.jinja').first().waitFor();
    await page.locator('#data input[type=file]').first().setInputFiles(at('data.jsonl.gz'));
    const list = page.getByRole('listbox', { name: 'Conversations' });
    await list.getByRole('option').nth(2).click();
    // That one, and not the first, which is shown until it is rendered.
    const strip = page.getByRole('listbox', { name: 'Tokens' });
    await expect
      .poll(async () => (await strip.textContent())?.replaceAll('·', ' '))
      .toContain('What is 7 + 6?');
    await page
      .getByText(/These are masks only/)
      .first()
      .waitFor();
    const train = page.getByRole('region', { name: 'Train', exact: true });
    await expect
      .poll(() => train.getByRole('button', { name: 'Train', exact: true }).getAttribute('aria-disabled'))
      .toBe('true');
  });

  test('under each of three systems’ masks the page exports what the command line prints', async () => {
    for (const policy of ['default', 'unsloth', 'torchtune-last']) {
      await page.getByRole('combobox', { name: 'Mask as' }).selectOption(policy);
      const shown = JSON.parse(await saved('Save as JSON')) as Mask;
      const printed = await masks(
        '--tokenizer',
        at('model'),
        '--data',
        at('data.jsonl.gz'),
        '--policy',
        policy,
      );
      expect(shown.source).toBe(2);
      expect(shown.text).not.toContain('WRONG');
      expect(shown).toEqual(printed.find(({ source }) => source === 2));
    }
  });

  test('edits by keyboard are exported, and mean the same on the command line', async () => {
    await page.getByRole('combobox', { name: 'Mask as' }).selectOption('default');
    const before = JSON.parse(await saved('Save as JSON')) as Mask;
    const tokens = page.getByRole('listbox', { name: 'Tokens' }).getByRole('option');
    await tokens.first().focus();
    await page.keyboard.press('End');
    // The last token and the two before it.
    for (let i = 0; i < 2; i++) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('m');
    await page.keyboard.press('Home');
    await page.keyboard.press('t');
    const after = JSON.parse(await saved('Save as JSON')) as Mask;
    const expected = before.weights.map((weight, i) =>
      i === 0 ? 1 : i >= before.weights.length - 3 ? 0 : weight,
    );
    expect(after.weights).toEqual(expected);
    expect(expected).not.toEqual(before.weights);

    await writeFile(at('edits.json'), await saved('Export edits'));
    const printed = await masks(
      '--tokenizer',
      at('model'),
      '--data',
      at('data.jsonl.gz'),
      '--edits',
      at('edits.json'),
    );
    expect(printed.find(({ source }) => source === 2)).toEqual(after);
  });
});
