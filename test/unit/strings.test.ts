/**
 * @file What the page says stands in one table: the rule that finds loose words, the choice of a language when the page is
 * built, and a translation that is held against the English one by the compiler.
 */
import { Linter } from 'eslint';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as svelteParser from 'svelte-eslint-parser';
import typescript from 'typescript';
import ts from 'typescript-eslint';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chosenLanguage, missingModules, pageLanguage, STRINGS } from '../../tools/language.mjs';
import { noLooseText } from '../../tools/lint/no-loose-text.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/** The words that the rule finds in a component, or in a script. */
function loose(code: string, kind: 'svelte' | 'ts'): string[] {
  const language =
    kind === 'svelte'
      ? { parser: svelteParser, parserOptions: { parser: ts.parser } }
      : { parser: ts.parser };
  const messages = new Linter().verify(
    code,
    [
      {
        files: ['**/*.ts', '**/*.svelte'],
        languageOptions: language,
        plugins: { losslight: { rules: { 'no-loose-text': noLooseText } } },
        rules: { 'losslight/no-loose-text': 'error' },
      },
    ],
    { filename: `A.${kind}` },
  );
  return messages.map(({ message }) => /“(.*)” is English/.exec(message)?.[1] ?? message);
}

describe('loose words are found', () => {
  test.each([
    ['<p>Some words</p>', ['Some words']],
    ['<p>{count} of {total}</p>', ['of']],
    ['<p>{on ? "on" : "off"}</p>', ['on', 'off']],
    ['<p>{`${n} tokens`}</p>', ['${…} tokens']],
    ['<p>{plural(n, "token")}</p>', ['token']],
    ['<button aria-label="close"></button>', ['close']],
    ['<button title={open ? "fold" : "unfold"}></button>', ['fold', 'unfold']],
    ['<input placeholder="text" />', ['text']],
    ['<div aria-valuetext="{width} pixels"></div>', ['pixels']],
    ['<Field label="Seed" />', ['Seed']],
    ['<Lazy props={{ locked: on ? "Stop it first." : undefined }} />', ['Stop it first.']],
    ['<script lang="ts">const said = "It was saved.";</script>', ['It was saved.']],
  ])('%s', (code, words) => {
    expect(loose(code, 'svelte')).toEqual(words);
  });

  test.each([
    ['export const why = on ? "A run is in progress." : undefined;', ['A run is in progress.']],
    ['export const said = `Step ${n} of ${m}`;', ['Step ${…} of ${…}']],
    ['export const title = "Weight";', ['Weight']],
    ['throw new LosslightError("bad", "The file is empty.", "Choose another.");', 2],
  ] as [string, string[] | number][])('%s', (code, words) => {
    const found = loose(code, 'ts');
    if (typeof words === 'number') expect(found).toHaveLength(words);
    else expect(found).toEqual(words);
  });
});

describe('what is no language passes', () => {
  test.each([
    '<p>{words.title}: {n} · {m}%</p>',
    '<h1>Losslight</h1>',
    '<kbd>Ctrl</kbd><code>tokenizer.json</code>',
    '<p class="quiet note" id="some words" data-part="two words">{text}</p>',
    '<input type="checkbox" bind:checked />',
    '<svg><title>drawing</title><text>abc</text></svg>',
    '<p>{kind === "all tokens" ? a : b}</p>',
    '<p hidden={state === "ready"}>JSON · CSV</p>',
    '<style>p { color: red }</style>',
  ])('%s', (code) => {
    expect(loose(code, 'svelte')).toEqual([]);
  });

  test.each([
    'import { a } from "./some words"; a();',
    'type Status = "not yet" | "Ready";',
    'if (event.key === "Escape") stop();',
    'switch (kind) { case "Weight": break; }',
    'throw new Error("index.html has no element with that id.");',
    'document.querySelector("main > p.quiet");',
    'const all = { "Content-Type": 1 }; use(all["Content-Type"]);',
    'export const type = "application/json";',
    'export const kinds = ["trained", "masked"];',
  ])('%s', (code) => {
    expect(loose(code, 'ts')).toEqual([]);
  });
});

describe('the language of a build', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'losslight-strings-'));
    for (const language of ['en', 'de']) mkdirSync(path.join(folder, language));
    writeFileSync(path.join(folder, 'en/mask.ts'), '');
    writeFileSync(path.join(folder, 'en/document.json'), '{}');
    writeFileSync(path.join(folder, 'de/document.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is English unless another one is asked for', () => {
    expect(chosenLanguage(undefined, folder)).toBe('en');
    expect(chosenLanguage('', folder)).toBe('en');
  });

  test('is refused where it does not exist or would lack words', () => {
    expect(() => chosenLanguage('fr', folder)).toThrow('src/strings/fr does not exist. There is: de, en.');
    expect(() => chosenLanguage('../en', folder)).toThrow('does not exist');
    expect(missingModules('de', folder)).toEqual(['mask.ts']);
    expect(() => chosenLanguage('de', folder)).toThrow('src/strings/de lacks mask.ts.');
    writeFileSync(path.join(folder, 'de/mask.ts'), '');
    expect(chosenLanguage('de', folder)).toBe('de');
  });

  test('says what stands in the HTML before any script runs', async () => {
    const { transformIndexHtml } = pageLanguage('en') as unknown as {
      transformIndexHtml: { handler: (html: string) => string };
    };
    const html = transformIndexHtml.handler(readFileSync(path.join(root, 'index.html'), 'utf8'));
    expect(html).not.toContain('{{');
    expect(html).toContain('<html lang="en" dir="ltr">');
    expect(html).toContain('so it needs JavaScript');
    expect(() => transformIndexHtml.handler('<p>{{nonsense}}</p>')).toThrow('document.json lacks');
  });
});

describe('a translation', () => {
  /** What the compiler says of a module of another language, which is not on the disk. */
  function compile(code: string): string[] {
    const file = path.join(STRINGS, 'xx/columns.ts');
    const options: typescript.CompilerOptions = {
      strict: true,
      noEmit: true,
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.ESNext,
      moduleResolution: typescript.ModuleResolutionKind.Bundler,
      types: [],
    };
    const host = typescript.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (name) => name === file || fileExists(name);
    host.getSourceFile = (name, target) =>
      name === file ? typescript.createSourceFile(name, code, target) : getSourceFile(name, target);
    const program = typescript.createProgram([file], options, host);
    return program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, ' '));
  }
  const head = `import type { columns as original } from '../en/columns';\n`;
  const whole = [
    'title: (file: string) => `Spalten von ${file}`',
    "help: 'Sag, was jede Spalte ist.'",
    'unnamed: (column: number) => `Spalte ${column}`',
    "empty: 'leer'",
    "read: 'Tabelle lesen'",
    "cancel: 'Abbrechen'",
  ];
  const module = (entries: string[]) =>
    `${head}export const columns = { ${entries.join(', ')} } satisfies typeof original;`;

  test('with every key is right; one key less, or a misspelt one, is an error of types', () => {
    expect(compile(module(whole))).toEqual([]);
    expect(compile(module(whole.slice(1)))).toEqual([expect.stringContaining("'title' is missing")]);
    expect(compile(module([...whole, "extra: 'x'"]))).toEqual([expect.stringContaining("'extra'")]);
  }, 60_000);
});

test('the table itself: small modules, each one object of words', () => {
  for (const file of readdirSync(path.join(STRINGS, 'en'))) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(path.join(STRINGS, 'en', file), 'utf8');
    expect(text.startsWith('/**\n * @file'), file).toBe(true);
    expect(text.split('\n').length, `${file} has many lines: split it by view`).toBeLessThanOrEqual(250);
    if (file === 'numbers.ts') continue;
    expect(text.match(/^export (?!type|interface)/gm), file).toHaveLength(1);
  }
});
