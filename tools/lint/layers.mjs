// @ts-check
/**
 * @file Which folder of src/ may import which, as one table. The rule in import-direction.mjs reads it.
 *
 *     conversation ← template ← tokenizer ← mask ← sequence ← lint   pure: no DOM, no GPU, no tfjs
 *     tensor, plan ← ops ← model ← train ← worker/engine-*       engine: no DOM, no Svelte
 *     worker/protocol (types) ← worker/*-client ← state ← ui ← App    page: never tfjs or the engine
 *     core strings ← template, sequence, mask, lint, settings, reward          words of tables that pure code has
 *     strings ← state, ui, App                                   what the page says: words and nothing else
 */

/**
 * @typedef {object} Layer
 * @property {string} name what a message calls it
 * @property {RegExp} files its files, as paths below src/; the first layer that matches owns a file
 * @property {readonly string[]} imports layers that it may import, besides itself
 * @property {readonly string[]} [types] layers that it may name in `import type` only
 * @property {readonly string[]} [urls] layers that it may import by address (`?worker&url`), to start them as a worker
 */

const TEXT = ['conversation', 'template', 'tokenizer', 'mask', 'sequence', 'lint'];

/** Runs anywhere: in the page, in a worker, in Node. */
export const PURE = [...TEXT, 'settings', 'reward', 'rollout', 'experiment'];
/** Runs in the engine's worker. */
export const ENGINE = ['tensor', 'plan', 'ops', 'model', 'train'];

/** @param {string} folder */
const below = (folder) => new RegExp(`^${folder}/`);

/** @type {readonly Layer[]} */
export const LAYERS = [
  { name: 'errors', files: /^(?:errors|crc32)\.ts$/, imports: [] },
  // Words of tables that pure code has, `$strings/core-…` in an import: below all that says them.
  { name: 'core strings', files: /^strings\/[^/]+\/(?:core-[\w-]+|numbers)\.ts$/, imports: [] },
  { name: 'conversation', files: below('conversation'), imports: [] },
  { name: 'template', files: below('template'), imports: ['core strings', 'conversation'] },
  { name: 'tokenizer', files: below('tokenizer'), imports: ['template', 'conversation'] },
  {
    name: 'mask',
    files: below('mask'),
    imports: ['core strings', 'tokenizer', 'template', 'conversation'],
  },
  {
    name: 'sequence',
    files: below('sequence'),
    imports: ['core strings', 'mask', 'tokenizer', 'template', 'conversation'],
  },
  {
    name: 'lint',
    files: below('lint'),
    imports: ['core strings', 'sequence', 'mask', 'tokenizer', 'template', 'conversation'],
  },
  // The protocol carries settings, so the table of settings is checked against its types.
  {
    name: 'settings',
    files: below('settings'),
    imports: ['core strings'],
    types: ['sequence', 'worker protocol'],
  },
  { name: 'reward', files: below('reward'), imports: ['core strings', 'conversation'] },
  {
    name: 'experiment',
    files: below('experiment'),
    imports: ['conversation', 'settings', 'reward'],
    types: ['worker protocol'],
  },
  // The text's side of rollouts: asked by the engine's, from Node or across the protocol.
  {
    name: 'rollout',
    files: below('rollout'),
    imports: ['conversation', 'template', 'tokenizer', 'sequence', 'settings', 'reward'],
    types: ['engine interface', 'worker protocol'],
  },

  { name: 'tensor', files: below('tensor'), imports: [] },
  { name: 'plan', files: below('plan'), imports: ['tensor'] },
  { name: 'ops', files: below('ops'), imports: ['plan', 'tensor'] },
  { name: 'engine interface', files: /^model\/engine\.ts$/, imports: [], types: ['sequence'] },
  {
    name: 'model',
    files: below('model'),
    imports: ['engine interface', 'ops', 'plan', 'tensor'],
    types: ['sequence'],
  },
  {
    name: 'train',
    files: below('train'),
    imports: [
      'model',
      'engine interface',
      'ops',
      'plan',
      'tensor',
      'conversation',
      'template',
      'mask',
      'sequence',
      'settings',
      'reward',
      'rollout',
      'experiment',
    ],
    types: ['worker protocol'],
  },

  {
    name: 'worker protocol',
    files: /^worker\/protocol(?:\.ts|\/)/,
    imports: [],
    types: [...PURE, 'engine interface'],
  },
  // The page's side of the workers.
  {
    name: 'worker client',
    files: /^worker\/(?:[\w-]*client|spawn)\.ts$/,
    imports: ['worker protocol', 'worker carrier', 'reward'],
    types: [...PURE, 'engine interface'],
    urls: ['engine host', 'text host', 'file host'],
  },
  {
    name: 'engine host',
    files: /^worker\/engine-/,
    imports: [...PURE, ...ENGINE, 'engine interface', 'worker protocol', 'worker carrier'],
  },
  {
    name: 'text host',
    files: /^worker\/text-/,
    imports: ['core strings', ...PURE, 'worker protocol', 'worker carrier'],
    types: ['engine interface'],
  },
  {
    name: 'file host',
    files: /^worker\/file-/,
    imports: ['conversation', 'worker protocol', 'worker carrier'],
    types: [...PURE, 'engine interface'],
  },
  // What both ends share: numbering requests, carrying errors across.
  {
    name: 'worker carrier',
    files: below('worker'),
    imports: ['worker protocol'],
    types: [...PURE, 'engine interface'],
  },

  // What the page says, in one language; `$strings/…` in an import. Words only: who shows them brings the values.
  {
    name: 'strings',
    files: below('strings'),
    imports: ['core strings'],
    types: [...PURE, 'engine interface', 'worker protocol'],
  },
  {
    name: 'state',
    files: below('state'),
    imports: [...PURE, 'core strings', 'strings', 'worker client', 'worker protocol'],
    types: ['engine interface'],
  },
  {
    name: 'ui',
    files: below('ui'),
    imports: [...PURE, 'core strings', 'strings', 'state'],
    types: ['engine interface', 'worker protocol'],
  },
  {
    name: 'cli',
    files: below('cli'),
    imports: [...PURE, ...ENGINE, 'engine interface'],
    types: ['worker protocol'],
  },
  {
    name: 'app',
    files: /^[^/]+$/,
    imports: [...PURE, 'core strings', 'strings', 'ui', 'state', 'worker client', 'worker protocol'],
    types: ['engine interface'],
  },
];

/** Every layer may import these: they import nothing themselves. */
export const SHARED = ['errors'];

/**
 * Packages that belong to some layers only, by the beginning of their name. A package that is not named here is free.
 * @type {readonly { prefix: string, layers: readonly string[], reason: string }[]}
 */
export const PACKAGES = [
  {
    prefix: '@tensorflow/',
    layers: ['tensor', 'model', 'train', 'engine host'],
    reason: 'the tensor library runs in the engine worker alone',
  },
  { prefix: 'svelte', layers: ['state', 'ui', 'app'], reason: 'only the page is written in Svelte' },
  { prefix: 'uplot', layers: ['ui'], reason: 'charts belong to the page' },
  { prefix: 'node:', layers: ['cli'], reason: 'src/ runs in a browser, except for the command line' },
];
