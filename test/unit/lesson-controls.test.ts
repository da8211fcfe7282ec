/**
 * @file Controls that the shipped lessons name are on the page: what stands in quotation marks, and what they call a preset.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRESETS } from '../../src/mask/presets';
import { STRATEGIES } from '../../src/sequence/strategy';
import { OBJECTIVE_FAMILIES } from '../../src/settings/objective-table';
import { parseLessonIndex } from '../../src/state/lesson';
import { parseLesson } from '../../src/state/lesson-format';

const read = (path: string) => readFileSync(new URL(`../../public/lessons/${path}`, import.meta.url), 'utf8');
const index = parseLessonIndex('index.json', read('index.json'));

const folder = new URL('../../src/strings/en/', import.meta.url);
const modules = await Promise.all(
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => import(new URL(name, folder).href) as Promise<object>),
);

/** Every text of a table, as it stands there; of one that counts something, as it is with none. */
function texts(value: unknown): string[] {
  if (typeof value === 'function' && value.length === 1)
    return texts(ofNone(value as (count: number) => unknown));
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function ofNone(write: (count: number) => unknown): unknown {
  try {
    return write(0);
  } catch {
    return undefined;
  }
}

/** Quoted, and no control. */
const SAID = ['trained once'];

const onPage = new Set([
  ...modules.flatMap(texts),
  ...PRESETS.map(({ title }) => title),
  ...OBJECTIVE_FAMILIES.map(({ title }) => title),
  ...STRATEGIES.map(({ title }) => title),
  ...index.map(({ title }) => title),
]);

test.each(index)('lesson $id names controls that there are', ({ id }) => {
  const { steps } = parseLesson(`${id}.json`, read(`${id}.json`));
  const all = steps.flatMap(({ text, reacts }) => [
    text,
    ...reacts.flatMap(({ met, unmet, waiting = '' }) => [met, unmet, waiting]),
  ]);
  const quoted = all.flatMap((text) => [...text.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name));
  const missing = quoted.filter((name) => !SAID.includes(name) && !onPage.has(name));
  expect(missing).toEqual([]);
  // A preset in emphasis begins with a trainer's name and a comma.
  const presets = all.flatMap((text) =>
    [...text.matchAll(/\*([A-Z][A-Za-z]+, [^*]+)\*/g)].map(([, name = '']) => name),
  );
  expect(presets.filter((name) => !onPage.has(name))).toEqual([]);
});
