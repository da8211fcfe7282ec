// @ts-check
/**
 * @file The language of the page, chosen when it is built: `LOSSLIGHT_LANGUAGE=de npm run build`. `$strings/mask` is then
 * src/strings/de/mask.ts, and the texts of index.html and of the manifest come from src/strings/de/document.json.
 * docs/translation.md says how a translation is made.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const STRINGS = path.join(ROOT, 'src', 'strings');
/** What every other language is checked against. */
export const ORIGINAL = 'en';

/**
 * What a language's folder lacks of the original's, by file name.
 * @param {string} language
 * @param {string} [strings] the folder with one folder a language
 * @returns {string[]}
 */
export function missingModules(language, strings = STRINGS) {
  const own = new Set(readdirSync(path.join(strings, language)));
  return readdirSync(path.join(strings, ORIGINAL)).filter((file) => !own.has(file));
}

/**
 * The language to build, checked: one that lacks a module would leave the page without some of its words.
 * @param {string | undefined} [asked] as in LOSSLIGHT_LANGUAGE, such as `de` or `pt-BR`; the original where it is empty
 * @param {string} [strings] the folder with one folder a language
 * @returns {string}
 */
export function chosenLanguage(asked = process.env['LOSSLIGHT_LANGUAGE'], strings = STRINGS) {
  const language = asked || ORIGINAL;
  if (!/^[A-Za-z0-9-]+$/.test(language) || !existsSync(path.join(strings, language))) {
    const known = readdirSync(strings).join(', ');
    throw new Error(
      `LOSSLIGHT_LANGUAGE is “${language}”, but src/strings/${language} does not exist. There is: ${known}.`,
    );
  }
  const missing = missingModules(language, strings);
  if (missing.length)
    throw new Error(
      `src/strings/${language} lacks ${missing.join(', ')}. Copy what is missing from src/strings/${ORIGINAL} and translate it.`,
    );
  return language;
}

/** @param {string} language */
export function stringsAlias(language) {
  return { find: /^\$strings\//, replacement: `${path.join(STRINGS, language).split(path.sep).join('/')}/` };
}

/** For what is loaded without the page's configuration: pure code has words, too (`$strings/core-…`). */
export const englishWords = { alias: [stringsAlias(ORIGINAL)] };

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Vite plugin: `$strings`, and the texts that stand in index.html and in the manifest.
 * @param {string} [language] the folder below src/strings
 * @returns {import('vite').Plugin}
 */
export function pageLanguage(language = chosenLanguage()) {
  /** @type {Record<string, string>} */
  const texts = JSON.parse(readFileSync(path.join(STRINGS, language, 'document.json'), 'utf8'));
  return {
    name: 'losslight-language',
    config: () => ({ resolve: { alias: [stringsAlias(language)] } }),
    transformIndexHtml: {
      order: 'pre',
      handler: (html) =>
        html.replace(/\{\{(\w+)\}\}/g, (whole, name) => {
          const text = texts[name];
          if (text === undefined)
            throw new Error(
              `index.html asks for ${whole}, which src/strings/${language}/document.json lacks.`,
            );
          return escaped(text);
        }),
    },
    generateBundle() {
      const manifest = JSON.parse(readFileSync(path.join(ROOT, 'public/manifest.webmanifest'), 'utf8'));
      const { language: lang, direction: dir, summary: description } = texts;
      // In place of the copy that comes from public/.
      this.emitFile({
        type: 'asset',
        fileName: 'manifest.webmanifest',
        source: `${JSON.stringify({ ...manifest, lang, dir, description }, null, 2)}\n`,
      });
    },
  };
}
