/**
 * @file A person's own weights in the page: offered with what they are and take, loaded, cancelled, refused; the way back.
 */
import axe from 'axe-core';
import { expect, test } from 'vitest';
import llama from '../golden/tokenizer/byte-llama3.tokenizer.json?raw';
import { FAKE_MODEL, FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

const TEMPLATE =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
const CONFIG = JSON.stringify({ eos_token: '<|im_end|>', chat_template: TEMPLATE });
const QWEN = {
  ...FAKE_MODEL,
  family: 'qwen3',
  parameterCount: 596_049_920,
  vocabularySize: 151_936,
  dtypes: ['BF16'],
  files: 2,
  fileBytes: 1_192_099_840,
  memory: { f32: 11_920_998_400, f16: 1_270_000_000, int8: 710_000_000, int4: 450_000_000 },
};
type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const region = (screen: Screen, name: string) => screen.getByRole('region', { name, exact: true });

function drop(...files: [name: string, text: string][]): void {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
}

const dropModel = () =>
  drop(
    ['tokenizer.json', llama],
    ['tokenizer_config.json', CONFIG],
    ['config.json', '{"model_type":"qwen3"}'],
    ['model.safetensors.index.json', '{}'],
    ['model-00001-of-00001.safetensors', 'x'],
  );

async function openWithOffer(engine = new FakeEngine()) {
  engine.described = QWEN;
  const page = await openPage({ engine });
  await importText(page.session, CHAT);
  dropModel();
  const offer = region(page.screen, 'Weights of your model');
  const load = offer.getByRole('button', { name: 'Load weights' });
  await expect.element(load).toBeVisible();
  return { ...page, offer, load };
}

test('weights are offered with what they are and take; loaded, everything uses them; and back', async () => {
  const { screen, session, engine, offer, load } = await openWithOffer();
  await expect
    .element(offer)
    .toHaveTextContent(/Qwen3, 596\.0 million parameters \(BF16, 1\.2 GB in 2 files\)/);
  await expect.element(offer).toHaveTextContent(/F32, 11\.9 GB.*Everything can be trained/);
  await expect
    .element(region(screen, 'Train'))
    .toHaveTextContent(/These are masks only.*Load your weights, or go back/);
  const asked = engine.calls.length;
  await load.click();
  const model = region(screen, 'Model');
  await expect.element(model).toHaveTextContent(/your model, 596\.0 million parameters/);
  await expect.element(offer).not.toBeInTheDocument();
  await expect.poll(() => session.model.misfit).toBeUndefined();
  await expect.poll(() => session.trainBlock).toBeUndefined();
  await expect.poll(() => session.compare.scoresOf(session.data.chosen).base).toBeDefined();
  expect(engine.calls.slice(asked)).toEqual(['load What was brought', 'score base']);

  await screen.getByRole('button', { name: 'Back to the shipped one' }).click();
  await expect.element(model).toHaveTextContent(/pocket, 1\.8 million parameters/);
  await expect.poll(() => session.model.misfit).toBeUndefined();
});

test('the form in which they are kept is what is asked for', async () => {
  const engine = new FakeEngine();
  const { offer, load } = await openWithOffer(engine);
  const asked: unknown[] = [];
  const before = engine.load;
  engine.load = (request) => {
    asked.push(request.base);
    return before(request);
  };
  await offer.getByRole('combobox', { name: 'Keep them in memory as' }).selectOptions('int4');
  await load.click();
  await expect.poll(() => asked).toEqual(['int4']);
});

test('cancelling keeps the model before; progress tells bytes and what is in place', async () => {
  const { screen, session, engine, load } = await openWithOffer();
  const release = engine.holdLoad();
  await load.click();
  const model = region(screen, 'Model');
  await expect.element(model).toHaveTextContent(/Reading weights of your model.*397\.4 MB of 1\.2 GB/);
  engine.emit({ type: 'progress', phase: 'upload', done: 150_000_000, total: 596_049_920 });
  await expect.element(model).toHaveTextContent(/150\.0 million parameters are in place/);
  const cancel = model.getByRole('button', { name: 'Cancel' });
  await expect.element(cancel).toHaveFocus();
  await cancel.click();
  await expect.element(model).toHaveTextContent(/pocket, 1\.8 million parameters/);
  expect(engine.calls).toContain('cancelLoad');
  expect(engine.calls).not.toContain('restart');
  await expect.element(load).toBeVisible();
  // Who works by keyboard goes on from there, not from the top of the page.
  await expect.poll(() => document.activeElement?.textContent).toMatch(/pocket, 1\.8 million parameters/);
  release();
  expect(session.model.loadError).toBeUndefined();
  expect(session.model.weights).toBe('ready');
});

test('a load that fails says why, and the model before still works', async () => {
  const { screen, session, engine, load } = await openWithOffer();
  engine.loadError = { code: 'bad-model', message: 'Tensor “a” holds NaN.', remedy: 'Take another.' };
  await load.click();
  const alert = region(screen, 'Model').getByRole('alert');
  await expect
    .element(alert)
    .toHaveTextContent(/Not loaded: the model before still is.*Tensor “a” holds NaN/);
  expect(session.model.weights).toBe('ready');
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  await expect.element(alert).not.toBeInTheDocument();
  await screen.getByRole('button', { name: 'Back to the shipped one' }).click();
  await expect.poll(() => session.trainBlock).toBeUndefined();
});

test('what cannot be loaded is refused by name, and masks work all the same', async () => {
  const engine = new FakeEngine();
  engine.inspectError = {
    code: 'bad-model',
    message: 'config.json: the model is quantized (quantization_config).',
    remedy: 'Use an unquantized one.',
  };
  const { screen, session } = await openPage({ engine });
  await importText(session, CHAT);
  dropModel();
  await expect
    .element(region(screen, 'Weights of your model'))
    .toHaveTextContent(/They cannot be loaded.*quantization_config.*everything up to the mask works/);
  await expect.poll(() => session.mask.view?.rendered.text).toContain('<|im_start|>user');
  expect(screen.getByRole('button', { name: 'Load weights' }).elements()).toHaveLength(0);
});

test('no other weights under a run', async () => {
  const { screen, session, engine, load } = await openWithOffer();
  await screen.getByRole('button', { name: 'Back to the shipped one' }).click();
  // The click's own load and inspection come first; a run asked for before is refused.
  await expect.poll(() => session.trainBlock).toBeUndefined();
  await session.startTraining(true);
  expect(session.train.active).toBe(true);
  const asked = engine.calls.length;
  await session.loadOwnWeights('f32');
  await session.loadWeights();
  expect(engine.calls.slice(asked)).toEqual([]);
  await expect.element(load).not.toBeInTheDocument();
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const engine = new FakeEngine();
  engine.described = { ...QWEN, vocabularySize: 300 };
  const { screen } = await openPage({ engine, theme });
  dropModel();
  await expect.element(screen.getByText(/The tokenizer has 405 tokens, the model 300/)).toBeVisible();
  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});
