// @ts-check
/**
 * @file Vite plugin for what a first visit waits for: the page's script is one file beside the few lines that start first, so is
 * what a mask and what a lesson need besides, and the browser hears of the page's, of its style sheet and of the tokenizer from
 * the HTML itself, not from one script after the other.
 */
import path from 'node:path';

/** Fetched by the page as soon as it runs, below the folder that it is served from. */
const DATA = ['models/pocket/tokenizer.json', 'models/pocket/tokenizer_config.json'];

/** The builder's own few lines: for imports that come later, and for what stands in one file. */
const HELPERS = ['vite/preload-helper.js', 'rolldown/runtime.js'];

/**
 * What makes an `Error` while it is read. For the error's line V8 reads the whole file around it once more, which takes longer than
 * everything else that the page's script does first: in the small file that starts it takes next to nothing.
 */
const ERROR_MAKERS = ['svelte/src/internal/client/constants.js'];

/**
 * What a module imports statically, and what that imports, itself included.
 * @param {string} id
 * @param {(id: string) => { importedIds?: readonly string[] } | null} infoOf
 */
function closureOf(id, infoOf) {
  const found = new Set([id]);
  for (const one of found) for (const other of infoOf(one)?.importedIds ?? []) found.add(other);
  return found;
}

/**
 * @param {{ start: string, page: string, parts: Readonly<Record<string, readonly string[]>> }} modules files below the project:
 *   what the HTML names, what that imports when it has started, and by name what comes together later: a dozen small scripts and
 *   style sheets are as many answers to wait for, and as many times that the page's style is worked out anew
 * @returns {import('vite').Plugin}
 */
export function firstLoad({ start, page, parts }) {
  let pageId = '';
  let startId = '';
  /** @type {Set<string>} */
  let early = new Set();
  /** @type {Set<string>} */
  let together = new Set();
  /** @type {{ name: string, ids: string[], all: Set<string> }[]} */
  let later = [];
  return {
    name: 'losslight-first-load',
    apply: 'build',
    config(config) {
      const root = path.resolve(config.root ?? '.');
      const slashes = (/** @type {string} */ file) => path.join(root, file).split(path.sep).join('/');
      pageId = slashes(page);
      startId = slashes(start);
      later = Object.entries(parts).map(([name, files]) => ({
        name,
        ids: files.map(slashes),
        all: new Set(),
      }));
      return {
        build: {
          rolldownOptions: {
            output: {
              codeSplitting: {
                groups: [
                  // What starts first must not wait for the page. A group takes what it imports along, so that comes first.
                  {
                    name: (id) =>
                      early.has(id) || [...HELPERS, ...ERROR_MAKERS].some((file) => id.endsWith(file))
                        ? 'start'
                        : null,
                    priority: 3,
                  },
                  // Without this, what the page shares with its later parts becomes a dozen tiny files.
                  { name: (id) => (together.has(id) ? 'page' : null), priority: 2 },
                  { name: (id) => later.find(({ all }) => all.has(id))?.name ?? null, priority: 1 },
                ],
              },
            },
          },
        },
      };
    },
    buildEnd() {
      const infoOf = (/** @type {string} */ id) => this.getModuleInfo(id);
      early = closureOf(startId, infoOf);
      together = closureOf(pageId, infoOf);
      for (const part of later) part.all = new Set(part.ids.flatMap((id) => [...closureOf(id, infoOf)]));
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const holder = chunks.find(({ moduleIds }) => moduleIds.includes(pageId));
        if (!holder) throw new Error(`No file of the build holds ${page}.`);
        // What `import()` asks for may be a file of its own that only passes on the other's exports.
        const asked = chunks.find(({ facadeModuleId }) => facadeModuleId === pageId) ?? holder;
        const scripts = new Set([asked.fileName]);
        for (const name of scripts)
          for (const other of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
            scripts.add(other);
        const styles = new Set(
          chunks.flatMap(({ fileName, viteMetadata }) =>
            scripts.has(fileName) ? [...(viteMetadata?.importedCss ?? [])] : [],
          ),
        );
        const link = (/** @type {Record<string, string | boolean>} */ attrs) => ({
          tag: 'link',
          attrs,
          injectTo: /** @type {const} */ ('head'),
        });
        const tags = [
          ...[...scripts].map((file) => link({ rel: 'modulepreload', crossorigin: true, href: `./${file}` })),
          ...[...styles].map((file) => link({ rel: 'stylesheet', crossorigin: true, href: `./${file}` })),
          ...DATA.map((file) => link({ rel: 'preload', as: 'fetch', crossorigin: true, href: `./${file}` })),
        ];
        // Else it would wait for the style sheet, which it does not need; what draws waits for that (src/main.ts).
        return { html: html.replace('<script type="module" ', '<script type="module" async '), tags };
      },
    },
  };
}
