// @ts-check
/**
 * @file The page's Content-Security-Policy, as one table, and the other security headers.
 *
 * A static host may be unable to send headers, so the build also writes the policy into a `<meta>` element; the build
 * refuses a page that the policy would break.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * The one inline script: that of the frame in which a person's reward code runs (src/worker/reward-sandbox-document.ts). The
 * frame's document is made from text and inherits this policy. Browsers hash it as they parse it, with line feeds alone.
 */
const SANDBOX_SCRIPT = createHash('sha256')
  .update(
    readFileSync(new URL('../src/worker/reward-sandbox-frame.js', import.meta.url), 'utf8').replaceAll(
      '\r\n',
      '\n',
    ),
  )
  .digest('base64');

/**
 * Directive → sources. `connect-src` is same-origin only: nothing leaves the tab. Workers start from blobs, so that they
 * inherit this policy even where the host sends no headers (src/worker/spawn.ts).
 * `'wasm-unsafe-eval'` lets WebAssembly compile, which the CPU executor's matrix product needs (src/plan/simd-module.ts);
 * text still never becomes script.
 * Trusted types: `losslight` is the project's own policy (worker addresses, the reward sandbox's document); `svelte-trusted-html` is the one that
 * Svelte's runtime creates for the markup it compiled.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'", `'sha256-${SANDBOX_SCRIPT}'`],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'font-src': ["'self'"],
  'worker-src': ["'self'", 'blob:'],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ['losslight', 'svelte-trusted-html'],
};

/** Browsers ignore this directive in a `<meta>` element and warn about it. */
const HEADER_ONLY = new Set(['frame-ancestors']);

/** @param {(directive: string) => boolean} keep */
function policyText(keep) {
  return Object.entries(POLICY)
    .filter(([directive]) => keep(directive))
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}

/** The policy for a `Content-Security-Policy` header. */
export const HEADER_POLICY = policyText(() => true);

/** The policy for `<meta http-equiv="Content-Security-Policy">`. */
export const META_POLICY = policyText((directive) => !HEADER_ONLY.has(directive));

/**
 * Cross-origin isolation: only with it may threads share memory, which the CPU executor's do where they can
 * (src/plan/cpu-threads.ts). Everything on the page is of its own origin, so nothing else depends on it.
 */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What `npm start` and the end-to-end tests send with every response, worker scripts included. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': HEADER_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  ...ISOLATION_HEADERS,
};

/** What the policy blocks in a page's own markup, and the words for it. */
const INLINE = [
  { pattern: /<script(?![^>]*\ssrc=)[^>]*>/i, what: 'an inline <script>' },
  { pattern: /<style[\s>]/i, what: 'a <style> element' },
  { pattern: /<[^>]*\sstyle\s*=/i, what: 'a style attribute' },
  { pattern: /<[^>]*\son[a-z]+\s*=/i, what: 'an event-handler attribute' },
  { pattern: /<base[\s>]/i, what: 'a <base> element' },
];

/**
 * What in a page's markup the policy would block; empty where nothing.
 * @param {string} html
 * @returns {string[]}
 */
export function inlineProblems(html) {
  return INLINE.filter(({ pattern }) => pattern.test(html)).map(({ what }) => what);
}

/**
 * Vite plugin: puts the policy first into `<head>` of the built page, so that it covers everything after it, and fails
 * the build where the markup holds what it blocks. The development server is left alone: hot reload needs inline code.
 * @returns {import('vite').Plugin}
 */
export function contentSecurityPolicy() {
  return {
    name: 'losslight-csp',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      /** @param {string} html */
      handler(html) {
        const problems = inlineProblems(html);
        if (problems.length > 0)
          throw new Error(
            `index.html holds ${problems.join(', ')}, which the Content-Security-Policy blocks. ` +
              'Move it into a file below src/ or public/.',
          );
        const attrs = { 'http-equiv': 'Content-Security-Policy', content: META_POLICY };
        return [{ tag: 'meta', attrs, injectTo: /** @type {const} */ ('head-prepend') }];
      },
    },
  };
}
