// @ts-check
/**
 * @file ESLint rule: imports inside src/ go one way, along the table in layers.mjs.
 *
 * Checked: `import`, `export … from`, `import()`, `import('…').Type` and `new URL('…', import.meta.url)`. An import
 * by address (`?url`, `?worker&url`) names a file without running it here, so it has a list of its own.
 */
import path from 'node:path';
import { LAYERS, PACKAGES, SHARED } from './layers.mjs';

/** @typedef {import('./layers.mjs').Layer} Layer */

/**
 * A literal that names what is imported, as every parser in use delivers it.
 * @typedef {import('eslint').JSSyntaxElement & { value?: unknown }} Source
 */
/** @typedef {{ source?: Source | null, importKind?: string, exportKind?: string }} Declaration */

/**
 * The layer that owns a file.
 * @param {string} file path below src/, with forward slashes
 * @returns {Layer | undefined}
 */
export function layerOf(file) {
  return LAYERS.find((layer) => layer.files.test(file));
}

/**
 * Why a file may not import something; undefined where it may.
 * @param {string} file the importing file, below src/
 * @param {string} specifier what stands between the quotes
 * @param {'value' | 'type' | 'url'} kind how it is imported
 * @returns {string | undefined}
 */
export function refusal(file, specifier, kind) {
  const from = layerOf(file);
  if (!from) return `src/${file} belongs to no layer. Give its folder a row in tools/lint/layers.mjs.`;
  if (!/^(?:\.{0,2}|\$strings)\//.test(specifier)) return packageRefusal(from, specifier);

  const [bare = ''] = specifier.replace(/^\$strings\//, '/src/strings/en/').split('?');
  const base = bare.startsWith('/')
    ? bare.replace(/^\/src\//, '')
    : path.posix.join(path.posix.dirname(file), bare);
  if (base.startsWith('..') || base.startsWith('/'))
    return `src/ imports nothing from outside src/ ('${specifier}').`;
  // Extensions are optional in an import; the table names files with theirs.
  const target = layerOf(base) ?? layerOf(`${base}.ts`);
  if (!target) return `'${specifier}' belongs to no layer. Give its folder a row in tools/lint/layers.mjs.`;
  const exact = layerOf(`${base}.ts`) ?? target;
  return layerRefusal(from, /\.\w+$/.test(base) ? target : exact, specifier, kind);
}

/**
 * @param {Layer} from
 * @param {Layer} target
 * @param {string} specifier
 * @param {'value' | 'type' | 'url'} kind
 */
function layerRefusal(from, target, specifier, kind) {
  if (target.name === from.name || SHARED.includes(target.name)) return undefined;
  if (from.imports.includes(target.name)) return undefined;
  const allowed = [...from.imports, ...SHARED].join(', ');
  if (from.types?.includes(target.name)) {
    if (kind === 'type') return undefined;
    return (
      `${from.name} may name only types of ${target.name}: write \`import type … from '${specifier}'\`, ` +
      'or move the code to a layer that may run it.'
    );
  }
  if (from.urls?.includes(target.name)) {
    if (kind === 'url') return undefined;
    return `${from.name} may only start ${target.name} as a worker, by its address, and not import '${specifier}'.`;
  }
  return (
    `${from.name} may not import ${target.name} ('${specifier}'); it may import ${allowed}. ` +
    'Imports go one way (tools/lint/layers.mjs): move the shared part down, or pass it in.'
  );
}

/**
 * @param {Layer} from
 * @param {string} specifier
 */
function packageRefusal(from, specifier) {
  const rule = PACKAGES.find(({ prefix }) => specifier.startsWith(prefix));
  if (!rule || rule.layers.includes(from.name)) return undefined;
  const where =
    rule.layers.length > 0 ? `only ${rule.layers.join(', ')} may import it` : 'no layer may import it';
  return `${from.name} may not import '${specifier}': ${rule.reason}; ${where}.`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const importDirection = {
  meta: { type: 'problem', schema: [], docs: { description: 'imports inside src/ go one way' } },
  create(context) {
    const file = path.relative(path.join(context.cwd, 'src'), context.filename).split(path.sep).join('/');

    /**
     * @param {Source | null | undefined} source
     * @param {'value' | 'type'} kind
     */
    const check = (source, kind) => {
      if (typeof source?.value !== 'string') return;
      const byAddress = /\?(?:.*&)?(?:url|worker)(?:&|$)/.test(source.value);
      const message = refusal(file, source.value, byAddress ? 'url' : kind);
      if (message) context.report({ node: source, message });
    };
    /** @param {Declaration} node */
    const declaration = (node) => {
      const kind = (node.importKind ?? node.exportKind) === 'type' ? 'type' : 'value';
      check(node.source, kind);
    };

    return {
      ImportDeclaration: declaration,
      ExportNamedDeclaration: declaration,
      ExportAllDeclaration: declaration,
      ImportExpression: (/** @type {Declaration} */ node) => check(node.source, 'value'),
      TSImportType: (/** @type {Declaration} */ node) => check(node.source, 'type'),
      NewExpression({ callee, arguments: [source, base] }) {
        if (callee.type !== 'Identifier' || callee.name !== 'URL' || source?.type !== 'Literal') return;
        if (base?.type !== 'MemberExpression' || base.object.type !== 'MetaProperty') return;
        const message = refusal(file, String(source.value), 'url');
        if (message) context.report({ node: source, message });
      },
    };
  },
};
