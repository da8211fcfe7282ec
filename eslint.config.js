// @ts-check
/**
 * @file Lint: the recommended rules, promises and switches checked with types, one direction of imports, and what the
 * Content-Security-Policy would block at run time.
 */
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { importDirection } from './tools/lint/import-direction.mjs';
import { ENGINE, PURE } from './tools/lint/layers.mjs';
import { noLooseText } from './tools/lint/no-loose-text.mjs';

/** Globals of a page: code that names one runs neither in Node nor in a worker. */
const PAGE = ['document', 'window', 'localStorage', 'sessionStorage', 'alert', 'requestAnimationFrame'];
/** Doors to the outside: pure code is handed its input and returns its output. */
const OUTSIDE = [
  'navigator',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'Worker',
  'indexedDB',
  'caches',
  'self',
];

/**
 * @param {string[]} names
 * @param {string} message
 * @returns {import('eslint').Linter.RulesRecord}
 */
function forbidGlobals(names, message) {
  return {
    'no-restricted-globals': ['error', ...names.map((name) => ({ name, message }))],
    'no-restricted-properties': [
      'error',
      ...names.map((property) => ({ object: 'globalThis', property, message })),
    ],
  };
}

/** @param {readonly string[]} folders */
const inside = (folders) => folders.map((folder) => `src/${folder}/**`);

export default defineConfig(
  globalIgnores([
    'dist/',
    'dist-cli/',
    'coverage/',
    'public/',
    '.cache/',
    'test/golden/',
    'tools/pretrain/',
    'tools/golden/',
  ]),
  // A rule that does not fit is changed here, for everybody, and not switched off in a comment.
  { linterOptions: { noInlineConfig: true } },
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.es2023 } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**', 'test/**', 'vite.config.ts'],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
  },
  {
    files: ['tools/**', 'test/**', 'src/cli/main.ts', '*.{js,ts}'],
    languageOptions: { globals: globals.node },
  },
  // With types. Components are left to svelte-check: linting them with types takes several times as long.
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      // State is `$state.raw` and replaced as a whole: a Map in it is never changed in place.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"] > SvelteLiteral:first-child:last-child',
          message:
            'The Content-Security-Policy blocks style attributes in markup. Use a class, or a style: directive, ' +
            'which sets the property from code.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,js,svelte}'],
    plugins: { losslight: { rules: { 'import-direction': importDirection } } },
    rules: { 'losslight/import-direction': 'error' },
  },
  {
    files: ['src/{ui,state}/**/*.{ts,svelte}', 'src/*.{ts,svelte}'],
    ignores: [
      // Neither is a page.
      'src/{errors,service-worker,offline-cache}.ts',
      // Its words are in strings; what is left are titles of papers and of other pages.
      'src/ui/guide-text.ts',
    ],
    plugins: { strings: { rules: { 'no-loose-text': noLooseText } } },
    rules: { 'strings/no-loose-text': 'error' },
  },
  {
    files: inside(PURE),
    rules: forbidGlobals(
      [...PAGE, ...OUTSIDE],
      'Pure code runs in Node and in workers too: take this as an argument.',
    ),
  },
  {
    files: [...inside(ENGINE), 'src/worker/{engine,text}-*.ts'],
    ignores: ['src/worker/*-client.ts'],
    rules: forbidGlobals(PAGE, 'The engine runs in a worker, which has no page.'),
  },
);
