/**
 * @file The page in another language: every string of the table is put between brackets before the page is loaded, and what
 * then stands on the page without them must come from one of the tables that docs/translation.md names, or from the data.
 */
import { page } from 'vitest/browser';
import { beforeAll, expect, test } from 'vitest';
import { SEGMENT_KINDS } from '../../src/template/rendered';

const TABLES = import.meta.glob<Record<string, unknown>>(
  ['../../src/strings/en/*.ts', '!../../src/strings/en/numbers.ts'],
  { eager: true },
);
/** Code that knows nothing of the page: formats, reports, messages of errors. */
const CORE = import.meta.glob<string>(
  '../../src/{conversation,experiment,model,plan,rollout,tokenizer,train}/**/*.ts',
  { eager: true, query: '?raw', import: 'default' },
);
const EXPERIMENTS = import.meta.glob<string>('../../experiments/*.json', {
  eager: true,
  query: '?raw',
  import: 'default',
});
/** Of a conversation that no other text of the page resembles. */
const DATA = JSON.stringify([
  {
    messages: [
      { role: 'system', content: '0' },
      { role: 'user', content: '1?' },
      { role: 'assistant', reasoning_content: '2', content: '3' },
      { role: 'user', content: '4' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', content: '5' },
      { role: 'assistant', content: '6' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
  },
  { messages: [{ role: 'user', content: '7' }] },
]);

const letters = /\p{L}/u;

/** Brackets around what a table says, in place, whatever the shape of its entry. */
function bracket(value: unknown): unknown {
  if (typeof value === 'string') return letters.test(value) ? `⟦${value}⟧` : value;
  if (typeof value === 'function')
    return (...given: unknown[]): unknown => bracket((value as (...given: unknown[]) => unknown)(...given));
  if (Array.isArray(value)) return value.map(bracket);
  if (typeof value === 'object' && value !== null) {
    const table = value as Record<string, unknown>;
    for (const [key, entry] of Object.entries(table)) table[key] = bracket(entry);
  }
  return value;
}

/** What stands outside of all brackets. */
function outside(text: string): string {
  let depth = 0;
  let rest = '';
  for (const character of text) {
    if (character === '⟦') depth++;
    else if (character === '⟧') depth--;
    else if (depth === 0) rest += character;
  }
  return rest.replace(/\s+/g, ' ').trim();
}

const SPOKEN = ['alt', 'aria-description', 'aria-label', 'aria-valuetext', 'label', 'placeholder', 'title'];
/** Tokens, rows of the person's own text, code, drawings: no language of the page. */
const NOT_SAID =
  'script, style, textarea, code, kbd, pre, svg, [role="option"], .t, bdi, [translate="no"], .line, head';

/** What the page says now that is not of the table, with the element that says it. */
function loose(): Map<string, string> {
  const found = new Map<string, string>();
  const note = (text: string, element: Element, how: string) => {
    const rest = outside(text);
    if (letters.test(rest))
      found.set(
        rest,
        `${how} of ${element.cloneNode(false) instanceof HTMLElement ? element.outerHTML.slice(0, 100) : ''}`,
      );
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const { parentElement } = node;
    if (parentElement && !parentElement.closest(NOT_SAID)) note(node.nodeValue ?? '', parentElement, 'text');
  }
  for (const element of document.body.querySelectorAll('*'))
    if (!element.closest(NOT_SAID))
      for (const name of SPOKEN) note(element.getAttribute(name) ?? '', element, name);
  return found;
}

/** Names and units that every language writes alike. */
const NAMES =
  /\b(?:Losslight|Example|CPU|GPU|WebGPU|CSV|SVG|HTML|JSON|JSONL|OpenAI|TRL|LoRA|SFT|GRPO|GSPO|DPO|KTO|RWR|Llama|kB|MB|GB|test\.json|pocket|f)\b/g;
let core = '';

/** True where a table of its own says that: a short text as one literal, a longer one by four words in a row. */
function isTabled(text: string): boolean {
  const words = text.split(' ');
  if (words.length <= 4) return [`'${text}'`, `"${text}"`].some((literal) => core.includes(literal));
  return words.some((_, i) => i + 4 <= words.length && core.includes(words.slice(i, i + 4).join(' ')));
}

/** Segments and roles have names for people; as they stand in the code they are nobody's language. */
const IDS = new Set<string>([...SEGMENT_KINDS, 'assistant', 'tool']);
/** Keys of settings in an address, which are the same in every language. */
let keys: ReadonlySet<string> = new Set();

function expectTranslated(view: string): void {
  const missed = [...loose()].filter(([text]) => {
    if (!letters.test(text.replace(NAMES, '').replace(/\d(?:\.\d+)?e−?\d+/g, ''))) return false;
    if (keys.has(text)) return false;
    return IDS.has(text) || !isTabled(text);
  });
  // All views in one go: what one of them says is no reason to leave the others out.
  expect.soft(missed, view).toEqual([]);
}

beforeAll(async () => {
  const lessons = await (await fetch('/lessons/index.json')).text();
  for (const module of Object.values(TABLES)) for (const table of Object.values(module)) bracket(table);
  // Not before: what has words takes them as it is loaded.
  const { URL_SETTINGS } = await import('../../src/state/url-settings');
  keys = new Set(URL_SETTINGS.map(({ url }) => url));
  core = [...Object.values(CORE), ...Object.values(EXPERIMENTS), lessons]
    .join('\n')
    .replaceAll("\\'", "'")
    .replace(/['`]\s*\+\s*['`]/g, '')
    .replace(/\s+/g, ' ');
});

/** Opens all that is folded within, part by part: what is inside may fold, too. */
async function unfold(within: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const details of document.querySelectorAll<HTMLDetailsElement>(`${within} details:not([open])`))
      details.open = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// All views one after the other, many times as long as another test on a busy machine.
test('says nothing that is not in the table, in any of its views', { timeout: 120_000 }, async () => {
  await page.viewport(1440, 900);
  const { importText, openPage } = await import('./setup');
  const { session, engine, screen } = await openPage();
  const button = (name: RegExp) => screen.getByRole('button', { name }).first();
  await expect.element(button(/⟦Paste text⟧/)).toBeVisible();
  expectTranslated('the empty page');

  await importText(session, DATA);
  await expect.poll(() => session.mask.view).toBeDefined();
  await button(/⟦Make practice data⟧/).click();
  const practice = screen.getByRole('dialog', { name: '⟦Practice data⟧' });
  await expect.element(practice.getByText(/tools/i).first()).toBeVisible();
  await unfold('dialog');
  expectTranslated('practice data');
  await practice.getByRole('button', { name: '⟦Close⟧' }).click();
  await expect.element(practice).not.toBeInTheDocument();
  await button(/⟦Edit messages⟧/).click();
  await button(/⟦Compare the ways to divide it⟧/).click();
  await unfold('main');
  session.mask.selection.start(8);
  session.mask.edit(0.5);
  await expect.poll(() => document.querySelectorAll('#sequences .t').length).toBeGreaterThan(0);
  await expect.poll(() => document.querySelectorAll('#messages select').length).toBeGreaterThan(0);
  expectTranslated('data, mask, editor, sequences');

  for (const [kind, row] of [
    ['grpo', /⟦Add⟧/],
    ['dpo', undefined],
    ['rwr', undefined],
    ['sft', undefined],
  ] as const) {
    session.train.objective.choose(kind);
    if (row) for (let i = 0; i < 3; i++) await button(row).click();
    await unfold('#train');
    expectTranslated(`settings of ${kind}`);
  }

  engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
  await session.startTraining();
  for (let i = 0; i < 30; i++) engine.advance();
  await expect.poll(() => session.compare.scoresOf(session.data.chosen).tuned).toBeDefined();
  await session.generate(2);
  await session.measureChange();
  await button(/⟦Open the chat⟧/).click();
  await button(/⟦Compare several ways to train⟧/).click();
  await unfold('main');
  expectTranslated('after a run: runs, compare, chat, experiments');

  await screen.getByRole('button', { name: '⟦Keys⟧' }).click();
  await expect.element(screen.getByRole('dialog')).toBeVisible();
  expectTranslated('keys');
});
