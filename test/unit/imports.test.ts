/**
 * @file Imports inside src/ go one way: the lint rule is run on small made-up files, forbidden ones and allowed ones.
 */
import { ESLint } from 'eslint';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript-eslint';
import { beforeAll, describe, expect, test } from 'vitest';
import { layerOf, refusal } from '../../tools/lint/import-direction.mjs';
import { ENGINE, LAYERS, PURE } from '../../tools/lint/layers.mjs';

const root = path.resolve(import.meta.dirname, '../..');
let eslint: ESLint;

beforeAll(() => {
  // The files do not exist, so there are no types to lint them with.
  eslint = new ESLint({ cwd: root, overrideConfig: [ts.configs.disableTypeChecked] });
});

/** What the rules named `rule` say about `code`, were it the file `src/<file>`. */
async function complaints(
  file: string,
  code: string,
  rule = 'losslight/import-direction',
): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, 'src', file) });
  const broken = result?.messages.find((message) => message.fatal);
  if (!result || broken) throw new Error(`src/${file} was not linted: ${broken?.message ?? 'ignored'}`);
  return result.messages.filter((message) => message.ruleId === rule).map((message) => message.message);
}

const script = (code: string) => `<script lang="ts">\n${code}\n</script>\n`;

const FORBIDDEN: [file: string, code: string, because: string][] = [
  [
    'conversation/a.ts',
    `import { x } from '../template/rendered'; x();`,
    'conversation may not import template',
  ],
  ['conversation/practice/deep/a.ts', `import '../../../mask/policy';`, 'conversation may not import mask'],
  [
    'template/a.ts',
    `import type { E } from '../tokenizer/encoded'; export type F = E;`,
    'may not import tokenizer',
  ],
  ['mask/a.ts', `export * from '../sequence/types';`, 'mask may not import sequence'],
  ['mask/a.ts', `export { x } from '../state/app.svelte';`, 'mask may not import state'],
  ['sequence/a.ts', `export const x = () => import('../train/loop');`, 'sequence may not import train'],
  ['settings/a.ts', `import '../conversation/types';`, 'settings may not import conversation'],
  ['reward/a.ts', `import '../template/rendered';`, 'reward may not import template'],
  ['tensor/a.ts', `import '../model/decoder';`, 'tensor may not import model'],
  ['model/a.ts', `import { x } from '../sequence/build'; x();`, 'model may name only types of sequence'],
  ['model/a.ts', `import { type X } from '../sequence/types'; export type Y = X;`, 'only types of sequence'],
  [
    'model/a.ts',
    `import { onMount } from 'svelte'; onMount(() => {});`,
    'only the page is written in Svelte',
  ],
  ['train/a.ts', `import '../worker/engine-host';`, 'train may not import engine host'],
  ['worker/text-host.ts', `import '../tensor/device';`, 'text host may not import tensor'],
  ['worker/text-host.ts', `import '@tensorflow/tfjs';`, 'runs in the engine worker alone'],
  ['worker/engine-client.ts', `import './engine-host';`, 'only start engine host as a worker'],
  ['worker/engine-client.ts', `import { x } from '../mask/apply'; x();`, 'may name only types of mask'],
  [
    'worker/protocol.ts',
    `import { x } from '../model/engine'; x();`,
    'may name only types of engine interface',
  ],
  ['state/a.svelte.ts', `import '../worker/engine-host';`, 'state may not import engine host'],
  [
    'state/a.svelte.ts',
    `import type { W } from '../model/weights'; export type V = W;`,
    'may not import model',
  ],
  [
    'state/a.svelte.ts',
    `import * as tf from '@tensorflow/tfjs-core'; tf.ready();`,
    'the engine worker alone',
  ],
  ['state/a.svelte.ts', `import '../ui/Strip.svelte';`, 'state may not import ui'],
  ['ui/Strip.svelte', script(`import { step } from '../train/loop'; step();`), 'ui may not import train'],
  [
    'ui/Strip.svelte',
    script(`import { x } from '../worker/text-client'; x();`),
    'ui may not import worker client',
  ],
  [
    'ui/parts/Token.svelte',
    script(`import '../../model/engine';`),
    'may name only types of engine interface',
  ],
  ['App.svelte', script(`import '@tensorflow/tfjs';`), 'the engine worker alone'],
  ['mask/a.ts', `import { mask } from '$strings/mask'; mask();`, 'mask may not import strings'],
  ['worker/text-host.ts', `import '$strings/mask';`, 'text host may not import strings'],
  ['conversation/a.ts', `import '$strings/core-lints';`, 'conversation may not import core strings'],
  ['strings/en/core-lints.ts', `import '../../lint/types';`, 'core strings may not import lint'],
  [
    'strings/en/core-lints.ts',
    `import type { Lint } from '../../lint/types'; export type L = Lint;`,
    'core strings may not import lint',
  ],
  [
    'strings/en/core-lints.ts',
    `import { mask } from './mask'; mask();`,
    'core strings may not import strings',
  ],
  ['strings/en/mask.ts', `import { count } from '../../ui/format'; count(1);`, 'strings may not import ui'],
  ['strings/en/mask.ts', `import { x } from '../../mask/policy'; x();`, 'only types of mask'],
  ['main.ts', `import './tensor/device';`, 'app may not import tensor'],
  ['main.ts', `import '/src/tensor/device.ts';`, 'app may not import tensor'],
  ['main.ts', `import '../tools/csp.mjs';`, 'nothing from outside src/'],
  ['mask/a.ts', `import { readFileSync } from 'node:fs'; readFileSync('x');`, 'src/ runs in a browser'],
  ['novelty/a.ts', `import '../errors';`, 'belongs to no layer'],
  ['state/a.svelte.ts', `export type V = import('../train/loop').Loop;`, 'state may not import train'],
  [
    'ui/a.ts',
    `new Worker(new URL('../worker/engine-host.ts', import.meta.url));`,
    'may not import engine host',
  ],
];

const ALLOWED: [file: string, code: string][] = [
  ['conversation/practice/a.ts', `import type { Message } from '../types'; export type M = Message;`],
  [
    'conversation/a.ts',
    `import { LosslightError } from '../errors'; throw new LosslightError('a', 'b', 'c');`,
  ],
  ['tokenizer/a.ts', `import { x } from '../template/rendered'; x();`],
  ['sequence/a.ts', `import { x } from '../mask/apply'; import '../conversation/types'; x();`],
  ['model/a.ts', `import type { Batch } from '../sequence/types'; export type B = Batch;`],
  ['model/a.ts', `import * as tf from '@tensorflow/tfjs-core'; tf.ready();`],
  ['train/a.ts', `import { x } from '../model/decoder'; import { y } from '../sequence/build'; x(y);`],
  [
    'worker/engine-host.ts',
    `import * as tf from '@tensorflow/tfjs-core'; import '../train/loop'; tf.ready();`,
  ],
  ['worker/engine-client.ts', `import url from './engine-host?worker&url'; export { url };`],
  ['worker/text-client.ts', `new Worker(new URL('./text-host.ts', import.meta.url));`],
  ['state/a.svelte.ts', `import { x } from '../worker/engine-client'; import '../mask/policy'; x();`],
  ['state/a.svelte.ts', `import type { Which } from '../model/engine'; export type W = Which;`],
  [
    'ui/parts/Token.svelte',
    script(`import { x } from '../../state/app.svelte'; import './Part.svelte'; x();`),
  ],
  ['state/a.svelte.ts', `import { mask } from '$strings/mask'; mask();`],
  ['mask/a.ts', `import { corePolicies } from '$strings/core-policies'; corePolicies();`],
  ['strings/en/core-lints.ts', `import { count } from './numbers'; count(1);`],
  ['ui/Strip.svelte', script(`import { mask } from '$strings/mask'; mask();`)],
  ['strings/en/mask.ts', `import { plural } from './numbers'; export const mask = { some: plural };`],
  ['strings/en/mask.ts', `import type { P } from '../../mask/policy'; export type Q = P;`],
  ['App.svelte', script(`import Strip from './ui/Strip.svelte'; import './app.css'; console.log(Strip);`)],
];

describe('imports that go the wrong way are refused', () => {
  test.each(FORBIDDEN)('src/%s: %s', async (file, code, because) => {
    const found = await complaints(file, code);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(because);
  });
});

describe('imports that go the right way pass', () => {
  test.each(ALLOWED)('src/%s: %s', async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});

describe('the table', () => {
  test('has a row for every folder and file of src/', () => {
    const files = readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(path.join(root, 'src'), path.join(entry.parentPath, entry.name)));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !layerOf(file.split(path.sep).join('/')))).toEqual([]);
  });

  test('has no circle among values', () => {
    const rank = new Map<string, number>();
    const visit = (name: string, above: string[]): number => {
      expect(above, `a circle: ${[...above, name].join(' → ')}`).not.toContain(name);
      const layer = LAYERS.find((candidate) => candidate.name === name);
      expect(layer, `'${name}' is named in the table but has no row`).toBeDefined();
      const depth = 1 + Math.max(0, ...(layer?.imports ?? []).map((below) => visit(below, [...above, name])));
      rank.set(name, depth);
      return depth;
    };
    for (const { name } of LAYERS) visit(name, []);
    expect(rank.size).toBe(LAYERS.length);
  });

  test('pure folders run only pure folders, and words that import nothing', () => {
    const pure = LAYERS.filter(({ name }) => PURE.includes(name));
    expect(pure).toHaveLength(PURE.length);
    const others = pure.flatMap(({ imports }) => imports).filter((name) => !PURE.includes(name));
    expect([...new Set(others)]).toEqual(['core strings']);
    const words = LAYERS.find(({ name }) => name === 'core strings');
    expect([words?.imports, words?.types]).toEqual([[], undefined]);
  });

  test('nothing of the page can reach the engine, whichever way it is imported', () => {
    for (const from of ['state/a.svelte.ts', 'ui/A.svelte', 'App.svelte', 'main.ts'])
      for (const folder of ENGINE)
        for (const kind of ['value', 'type', 'url'] as const)
          expect(refusal(from, `/src/${folder}/any.ts`, kind), `${from} → ${folder} (${kind})`).toBeDefined();
  });
});

describe('other rules that hold the house up', () => {
  test.each([
    ['mask/a.ts', 'document.title;'],
    ['conversation/a.ts', `void fetch('x');`],
    ['template/a.ts', 'globalThis.navigator;'],
    ['tokenizer/a.ts', 'export const x = () => window;'],
    ['train/a.ts', 'localStorage.clear();'],
  ])('src/%s may not say %s', async (file, code) => {
    const found = [
      ...(await complaints(file, code, 'no-restricted-globals')),
      ...(await complaints(file, code, 'no-restricted-properties')),
    ];
    expect(found).toHaveLength(1);
  });

  test('a page may name its document; a local of that name is no global', async () => {
    expect(await complaints('state/a.svelte.ts', 'document.title;', 'no-restricted-globals')).toEqual([]);
    const local = 'export const f = (document: number) => document;';
    expect(await complaints('sequence/a.ts', local, 'no-restricted-globals')).toEqual([]);
  });

  test('no {@html}', async () => {
    expect(await complaints('ui/A.svelte', '{@html "<b>x</b>"}', 'svelte/no-at-html-tags')).toHaveLength(1);
  });

  test('no style attribute, which the policy blocks; a style directive is set from code', async () => {
    const rule = 'no-restricted-syntax';
    expect(await complaints('ui/A.svelte', '<p style="color: red">x</p>', rule)).toHaveLength(1);
    expect(await complaints('ui/A.svelte', '<p style:color="red">x</p>', rule)).toEqual([]);
  });
});

test('rules that need types are on', async () => {
  const typed = new ESLint({ cwd: root });
  const code = `export async function f(): Promise<void> {}\nf();\n`;
  const [result] = await typed.lintText(code, { filePath: path.join(root, 'src/errors.ts') });
  expect(result?.messages.map((message) => message.ruleId)).toEqual([
    '@typescript-eslint/no-floating-promises',
  ]);
}, 60_000);
