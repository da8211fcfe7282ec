/**
 * @file A model of one's own on the built page, with its real workers: a folder with weights in several files is brought,
 * loaded, trained on and compared; what does not work leaves it as it is.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config';
import { parameterShapes } from '../../src/model/parameter-names';
import { seededRandom } from '../../src/model/random';
import { safetensorsFile } from '../../src/model/safetensors-write';
import { launchBrowser, SHIPPED, startServer, type TestServer } from './server';

/** The folder has the shipped tokenizer, whose ids the model must know. */
const { vocab_size } = JSON.parse(readFileSync('public/models/pocket/config.json', 'utf8')) as {
  vocab_size: number;
};
const CONFIG = JSON.stringify({
  model_type: 'qwen3',
  vocab_size,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 256,
  tie_word_embeddings: true,
});

const PARAMETERS = [...parameterShapes(parseConfig(CONFIG)).values()]
  .map((shape) => shape.reduce((a, b) => a * b, 1))
  .reduce((a, b) => a + b, 0);

/** A random Qwen3 in two files and an index, with the shipped tokenizer. */
async function writeModel(folder: string): Promise<void> {
  await mkdir(folder);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await cp(path.join('public/models/pocket', file), path.join(folder, file));
  }
  await writeFile(path.join(folder, 'config.json'), CONFIG);
  const random = seededRandom(7);
  const tensors = [...parameterShapes(parseConfig(CONFIG))].map(([name, shape]) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const isNorm = shape.length === 1;
    return [name, { shape, values: values.map(() => (isNorm ? 1 : (random() - 0.5) / 5)) }] as const;
  });
  const weight_map: Record<string, string> = {};
  for (const [i, part] of [tensors.slice(0, 9), tensors.slice(9)].entries()) {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    for (const [name] of part) weight_map[name] = file;
    await writeFile(path.join(folder, file), safetensorsFile(new Map(part), { dtype: 'BF16' }));
  }
  await writeFile(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
}

describe('one’s own weights', () => {
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const region = (name: string) => page.getByRole('region', { name, exact: true });
  const bring = (name: string) =>
    page.locator('input[data-picker="model-folder"]').setInputFiles(path.join(folder, name));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'losslight-weights-'));
    await writeModel(path.join(folder, 'Tiny'));
    await cp(path.join(folder, 'Tiny'), path.join(folder, 'Quantized'), { recursive: true });
    const quantized = { ...(JSON.parse(CONFIG) as object), quantization_config: { quant_method: 'awq' } };
    await writeFile(path.join(folder, 'Quantized', 'config.json'), JSON.stringify(quantized));
    server = await startServer();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.setDefaultTimeout(40_000);
    await page.goto(server.url);
    await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a folder’s weights are offered, and loaded', async () => {
    await bring('Tiny');
    const offer = region('Weights of Tiny');
    await offer.getByText(`Qwen3, ${PARAMETERS.toLocaleString('en-GB')} parameters`).waitFor();
    await offer.getByText(/BF16, \d+ kB in 2 files/).waitFor();
    await offer.getByRole('button', { name: 'Load weights' }).click();
    await region('Model').getByText('Tiny', { exact: true }).waitFor();
    await expect.poll(() => page.getByText(/These are masks only/).count()).toBe(0);
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  test('training, scores and texts are that model’s', async () => {
    await page.locator('#data input[type=file]').first().setInputFiles('test/fixtures/import/eight.jsonl');
    await page.getByRole('listbox', { name: 'Conversations' }).getByRole('option').nth(2).click();
    const train = region('Train');
    await train.getByLabel('Steps', { exact: true }).fill('3');
    await train.getByRole('button', { name: 'Train', exact: true }).click();
    await train.getByText('finished').waitFor();
    const compare = region('Compare');
    const trained = compare.getByRole('row', { name: /^all trained/ });
    // A random model is about as unsure as there are tokens, and learns. The tuned one is measured after the run.
    const nats = async () => {
      const cells = await trained.getByRole('cell').allInnerTexts();
      const values = cells.map((text) => Math.abs(Number(text.replace('−', '-'))));
      return values.filter((value) => value > 5 && value < 9).length;
    };
    await expect.poll(nats, { timeout: 40_000 }).toBeGreaterThanOrEqual(2);
    await compare.getByRole('button', { name: 'Write both' }).click();
    await compare.getByRole('region', { name: /tuned: text/i }).waitFor();
  });

  test('what cannot be loaded is refused by name, and the loaded model stays', async () => {
    await bring('Quantized');
    await region('Weights of Quantized')
      .getByText(/quantiz/)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Load weights' }).count()).toBe(0);
    await region('Model').getByText('Tiny', { exact: true }).waitFor();
    await page.getByRole('listbox', { name: 'Tokens' }).getByRole('option').first().waitFor();
  });

  test('and the shipped model is back with one press', async () => {
    await page.getByRole('button', { name: 'Back to the shipped one' }).click();
    await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
    expect(server.missing).toEqual([]);
  });
});
