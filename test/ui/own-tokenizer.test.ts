/**
 * @file One's own tokenizer and template in the page: dropped, chosen, written; blocked weights; the way back.
 */
import axe from 'axe-core';
import { expect, test } from 'vitest';
import llama from '../golden/tokenizer/byte-llama3.tokenizer.json?raw';
import { TextClient } from '../../src/worker/text-client';
import { FakeEngine, type FakeText } from './fakes';
import { CHAT, importText, openPage } from './setup';

const TEMPLATE =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
const CONFIG = JSON.stringify({ eos_token: '<|im_end|>', chat_template: TEMPLATE });
const JSONL = `${JSON.stringify({
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hey' },
  ],
})}\n`;
const MISFIT = /These are masks only: the weights loaded are the pocket model’s/;
type Screen = Awaited<ReturnType<typeof openPage>>['screen'];

function drop(...files: [name: string, text: string][]): void {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
}

const region = (screen: Screen, name: string) => screen.getByRole('region', { name, exact: true });
const card = (screen: Screen) => region(screen, 'Tokenizer and template');

/** What the card holds besides a name is folded away. */
async function openTokenizerCard(screen: Screen): Promise<void> {
  await expect.element(card(screen)).toBeVisible();
  const details = card(screen).element().querySelector('details');
  if (!details?.open) await screen.getByText('Look at it, or use your own').click();
}

test('says what is loaded', async () => {
  const { vocab_size: size } = (await fetch('/models/pocket/config.json').then((reply) => reply.json())) as {
    vocab_size: number;
  };
  const { screen } = await openPage();
  await expect
    .element(card(screen))
    .toHaveTextContent(`pocket (shipped), ${size.toLocaleString('en-GB')} tokens`);
  await expect.element(card(screen)).toHaveTextContent(/Template the pocket model/);
  await expect.element(card(screen)).toHaveTextContent(/End of turn <\|im_end\|>/);
  expect(screen.getByRole('button', { name: 'Back to the shipped one' }).elements()).toHaveLength(0);
});

test('a dropped tokenizer shows masks, and no id of it reaches the weights; back again', async () => {
  const { screen, session, engine } = await openPage();
  await importText(session, CHAT);
  await expect.poll(() => session.compare.scoresOf(session.data.chosen).base).toBeDefined();
  const ids = [...(session.mask.view?.encoded.ids ?? [])];
  const asked = engine.calls.length;
  drop(['tokenizer.json', llama], ['tokenizer_config.json', CONFIG], ['pytorch_model.bin', 'x']);
  await expect.element(card(screen)).toHaveTextContent(/your files, 405 tokens/);
  await expect
    .element(card(screen))
    .toHaveTextContent(/pytorch_model\.bin cannot be loaded: weights are read from safetensors files/);
  await expect.poll(() => session.mask.view?.rendered.text).toContain('<|im_start|>user');
  expect([...(session.mask.view?.encoded.ids ?? [])]).not.toEqual(ids);

  await expect.element(card(screen)).toHaveTextContent(MISFIT);
  await expect.element(region(screen, 'Train')).toHaveTextContent(MISFIT);
  await expect.element(region(screen, 'Compare')).toHaveTextContent(MISFIT);
  const start = region(screen, 'Train').getByRole('button', { name: 'Train', exact: true });
  await expect.element(start).toHaveAttribute('aria-disabled', 'true');
  expect(session.compare.scoresOf(session.data.chosen).base).toBeUndefined();
  await session.startTraining();
  await session.stepOnce();
  await session.generate(1);
  await session.refreshScores();
  expect(engine.calls.slice(asked)).toEqual([]);
  expect(session.limit).toBe(Infinity);

  await screen.getByRole('button', { name: 'Back to the shipped one' }).click();
  await expect.element(card(screen)).toHaveTextContent(/pocket \(shipped\)/);
  await expect.poll(() => [...(session.mask.view?.encoded.ids ?? [])]).toEqual(ids);
  await expect.poll(() => session.compare.scoresOf(session.data.chosen).base).toHaveLength(ids.length);
  await expect.poll(() => document.activeElement?.textContent).toBe('Look at it, or use your own');
  await expect.element(start).not.toHaveAttribute('aria-disabled', 'true');
});

test('a model and conversations dropped at once', async () => {
  const { screen, session } = await openPage();
  drop(
    ['chats.jsonl', JSONL],
    ['tokenizer.json', llama],
    ['chat_template.jinja', `X${TEMPLATE}`],
    ['tokenizer_config.json', CONFIG],
  );
  await expect.poll(() => session.mask.view?.rendered.text).toMatch(/^X<\|im_start\|>user\nhi/);
  await expect.element(card(screen)).toHaveTextContent(/Template your chat_template\.jinja/);
});

test('a tokenizer alone borrows the shipped template, and what comes later completes it', async () => {
  const { screen, session } = await openPage();
  drop(['tokenizer.json', llama]);
  await expect.element(card(screen)).toHaveTextContent(/There is no chat template in these files/);
  await expect.element(card(screen)).toHaveTextContent(/There is no tokenizer_config\.json/);
  drop(['tokenizer_config.json', CONFIG]);
  await expect.element(card(screen)).toHaveTextContent(/Template your tokenizer_config\.json/);
  await expect.poll(() => session.model.weightsFit).toBe(false);
});

test('a template alone keeps the weights usable', async () => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  drop(['llama.jinja', `X${TEMPLATE}`]);
  await expect
    .element(card(screen))
    .toHaveTextContent(/used with the shipped tokenizer, so the weights still fit/);
  await expect.poll(() => session.mask.view?.rendered.text).toMatch(/^X/);
  await expect.poll(() => session.trainBlock).toBeUndefined();
});

test('one of several templates', async () => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  const chat_template = [
    { name: 'tool_use', template: `T${TEMPLATE}` },
    { name: 'default', template: `D${TEMPLATE}` },
  ];
  drop(['tokenizer_config.json', JSON.stringify({ chat_template })]);
  await expect.poll(() => session.mask.view?.rendered.text).toMatch(/^D/);
  await screen.getByRole('combobox', { name: 'Which template' }).selectOptions('tool_use');
  await expect.poll(() => session.mask.view?.rendered.text).toMatch(/^T/);
});

test.each<[string, [string, string][], RegExp]>([
  [
    'a broken tokenizer',
    [['tokenizer.json', '{"model": 1}']],
    /tokenizer\.json cannot be used: model is missing/,
  ],
  ['a web page', [['tokenizer.json', '<!doctype html>']], /tokenizer\.json is not valid JSON/],
  ['a broken template', [['chat_template.jinja', 'a\n{% if x %}']], /line 2, column 1: “if” has no “endif”/],
  [
    'only weights',
    [['model.safetensors', 'x']],
    /model\.safetensors holds weights; what they are used with is said in config\.json/,
  ],
  ['weights in another form', [['model.gguf', 'x']], /model\.gguf holds weights in a form/],
  ['another form', [['tokenizer.model', 'x']], /tokenizer\.model is a tokenizer in a form that is not read/],
  [
    'config.json alone',
    [['config.json', '{}']],
    /without tokenizer\.json or a chat template there is nothing to use/,
  ],
])('what cannot be used loses nothing: %s', async (_, files, message) => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  drop(...files);
  await expect.element(card(screen).getByRole('alert')).toHaveTextContent(message);
  await expect.element(card(screen)).toHaveTextContent(/pocket \(shipped\)/);
  await expect.poll(() => session.mask.view).toBeDefined();
  await expect.poll(() => session.trainBlock).toBeUndefined();
  await screen.getByRole('button', { name: 'Dismiss the messages about files' }).click();
  await expect.element(card(screen).getByRole('alert')).not.toBeInTheDocument();
});

test('no change under a run', async () => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  await session.startTraining(true);
  drop(['tokenizer.json', llama]);
  await expect.element(card(screen).getByRole('alert')).toHaveTextContent(/A run is in progress/);
  expect(session.model.weightsFit).toBe(true);
});

test('a template is written: live errors, apply, reset', async () => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  await openTokenizerCard(screen);
  await screen.getByRole('button', { name: 'Chat template…' }).click();
  const dialog = screen.getByRole('dialog', { name: 'Chat template' });
  const area = dialog.getByRole('textbox', { name: 'Template (Jinja)' });
  await area.fill('a\n{{ messages | }}');
  await expect.element(dialog.getByRole('status')).toHaveTextContent(/Line 2, column 15: Unexpected token/);
  await expect.element(dialog.getByRole('button', { name: 'Apply' })).toBeDisabled();
  await area.fill(`Z${TEMPLATE}`);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => session.mask.view?.rendered.text).toMatch(/^Z/);
  await expect.element(card(screen)).toHaveTextContent(/Template written on this page/);
  await expect.poll(() => session.trainBlock).toBeUndefined();
  await openTokenizerCard(screen);
  await screen.getByRole('button', { name: 'Chat template…' }).click();
  await dialog.getByRole('button', { name: 'Reset' }).click();
  await expect.poll(() => session.mask.view?.rendered.text).not.toMatch(/^Z/);
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const { screen, session } = await openPage({ theme });
  await importText(session, CHAT);
  drop(
    ['tokenizer.json', llama.replace('"single_word":false', '"single_word":true')],
    ['tokenizer_config.json', CONFIG],
  );
  await expect.element(card(screen)).toHaveTextContent(/Ids may differ/);
  const violations = async () =>
    (await axe.run(document.body)).violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
  expect(await violations()).toEqual([]);
  await openTokenizerCard(screen);
  await screen.getByRole('button', { name: 'Chat template…' }).click();
  expect(await violations()).toEqual([]);
});

test('a pattern that never ends is stopped in the real worker, and the page goes on', async () => {
  const text = new TextClient() as unknown as FakeText;
  const { screen, session } = await openPage({ text, engine: new FakeEngine() });
  const json = JSON.parse(llama) as Record<string, unknown>;
  json.pre_tokenizer = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
  drop(['tokenizer.json', JSON.stringify(json)], ['tokenizer_config.json', CONFIG]);
  await expect.element(card(screen)).toHaveTextContent(/your files/);
  const bad = {
    messages: [
      { role: 'user', content: `${'a'.repeat(60)}!` },
      { role: 'assistant', content: 'x' },
    ],
  };
  drop(['data.jsonl', `${JSON.stringify(bad)}\n${JSONL}`]);
  await expect
    .poll(() => session.mask.error?.message, { timeout: 40_000 })
    .toMatch(/Rendering and tokenizing this conversation took longer than .* and was stopped/);
  await session.chooseRow(1);
  await expect.poll(() => session.mask.view?.rendered.text, { timeout: 40_000 }).toContain('hey');
}, 120_000);

test('two drops one right after the other both count, in their order', async () => {
  const { screen, session } = await openPage();
  await importText(session, CHAT);
  drop(['tokenizer.json', llama]);
  drop(['short.jinja', TEMPLATE.replaceAll('<|im_start|>', '[turn]')]);
  await expect.element(card(screen)).toHaveTextContent(/your files.*template: your chat_template\.jinja/);
  await expect.poll(() => session.mask.view?.rendered.text).toContain('[turn]user');
  await expect.poll(() => session.model.opened?.vocabularySize).toBe(405);
});
