/**
 * @file The Content-Security-Policy: its two texts, and the build's refusal of a page that it would break.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  contentSecurityPolicy,
  HEADER_POLICY,
  inlineProblems,
  META_POLICY,
  SECURITY_HEADERS,
} from '../../tools/csp.mjs';

describe('the policy', () => {
  const directives = new Map(
    HEADER_POLICY.split('; ').map((directive): [string, string] => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );

  test('denies everything, then allows what is needed, from the own origin alone', () => {
    expect(HEADER_POLICY.startsWith("default-src 'none'; ")).toBe(true);
    // WebAssembly may compile, text may not become script.
    expect(directives.get('script-src')).toMatch(/^'self' 'wasm-unsafe-eval' 'sha256-[\w+/]{43}='$/);
    for (const name of ['style-src', 'connect-src', 'font-src', 'manifest-src'])
      expect(directives.get(name), name).toBe("'self'");
    // Workers start from blobs that import a script of the own origin; see src/worker/spawn.ts.
    expect(directives.get('worker-src')).toBe("'self' blob:");
    for (const name of ['base-uri', 'form-action', 'frame-ancestors'])
      expect(directives.get(name), name).toBe("'none'");
    expect(HEADER_POLICY.replace("'wasm-unsafe-eval'", '')).not.toMatch(/unsafe|https?:|\*/);
  });

  test('names the one inline script by its hash: that of the sandbox for reward code', () => {
    const file = path.resolve(import.meta.dirname, '../../src/worker/reward-sandbox-frame.js');
    const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
    // It stands in a document that is made from text (src/worker/reward-sandbox-document.ts).
    expect(text).not.toContain('</script');
    const hash = createHash('sha256').update(text).digest('base64');
    expect(directives.get('script-src')).toContain(`'sha256-${hash}'`);
  });

  test('names the policy that Svelte creates', () => {
    const svelte = path.resolve(
      import.meta.dirname,
      '../../node_modules/svelte/src/internal/client/dom/reconciler.js',
    );
    const [, name] = /createPolicy\('([^']+)'/.exec(readFileSync(svelte, 'utf8')) ?? [];
    expect(name).toBeDefined();
    expect(directives.get('trusted-types')?.split(' ')).toContain(name);
    expect(directives.get('require-trusted-types-for')).toBe("'script'");
  });

  test('the <meta> text lacks only what browsers ignore there', () => {
    expect(META_POLICY).toBe(HEADER_POLICY.replace("frame-ancestors 'none'; ", ''));
    expect(META_POLICY).not.toContain('frame-ancestors');
    expect(SECURITY_HEADERS['Content-Security-Policy']).toBe(HEADER_POLICY);
  });
});

describe('the build', () => {
  const transform = (html: string) => {
    const hook = contentSecurityPolicy().transformIndexHtml;
    if (typeof hook !== 'object' || !('handler' in hook)) throw new Error('the plugin has no handler');
    return (hook.handler as (html: string) => unknown)(html);
  };

  test.each([
    ['<script>run()</script>', 'an inline <script>'],
    ['<script type="module">run()</script>', 'an inline <script>'],
    ['<style>p {}</style>', 'a <style> element'],
    ['<p style="color: red">', 'a style attribute'],
    ['<p\n  onclick="run()">', 'an event-handler attribute'],
    ['<base href="/">', 'a <base> element'],
  ])('refuses %s', (html, what) => {
    expect(inlineProblems(html)).toEqual([what]);
    expect(() => transform(html)).toThrow(what);
  });

  test.each([
    '<script type="module" crossorigin src="./a.js"></script>',
    '<p class="style">on a = b</p>',
    '<!doctype html>',
  ])('accepts %s and puts the policy first', (html) => {
    expect(inlineProblems(html)).toEqual([]);
    expect(transform(html)).toEqual([
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY },
        injectTo: 'head-prepend',
      },
    ]);
  });
});
