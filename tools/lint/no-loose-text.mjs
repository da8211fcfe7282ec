// @ts-check
/**
 * @file ESLint rule: what the page says stands in src/strings and not in a component or in state, so that it can be
 * translated (docs/translation.md).
 *
 * Refused in markup: text, and literals in attributes and expressions that are shown. Refused in scripts: literals that read
 * like English, which is two words, a word with a capital, or an argument of a function that writes words. A literal that is
 * compared with, a key or a type is a value of the program and passes.
 */

/**
 * A node as any of the parsers in use delivers it.
 * @typedef {{ type: string, parent?: Node, value?: unknown, name?: unknown, key?: Node, callee?: Node, object?: Node,
 *   property?: Node, operator?: string, left?: Node, right?: Node, test?: Node, arguments?: Node[], computed?: boolean,
 *   quasis?: { value: { cooked?: string | null } }[], kind?: string, source?: Node, id?: Node }} Node
 */

/** Attributes that a person reads or hears, on any element. */
const SPOKEN = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'label',
  'placeholder',
  'title',
]);

/** Elements whose text is not language: a key's name, code, a drawing. */
const UNSPOKEN = new Set(['code', 'kbd', 'pre', 'samp', 'script', 'style', 'svg', 'title']);

/** Attributes that only the browser reads. */
const UNREAD = new Set([
  'class',
  'd',
  'href',
  'id',
  'media',
  'rel',
  'sandbox',
  'sizes',
  'src',
  'style',
  'type',
  'viewBox',
]);

/** Proper names that every language writes alike; formats and units of the field. */
const NAMES =
  /\b(?:Losslight|CSV|SVG|HTML|JSON|JSONL|Markdown|Jinja|LoRA|PEFT|TRL|OpenAI|Hugging Face|Llama|SHA-256|GPU|CPU|WebGPU|F16|F32|int4|int8|p|kB|MB|GB|ms|min|px|id)\b/g;

/** Names of keys on a keyboard, as events spell them, and kinds of what a browser drags. */
const EVENT_WORDS = new Set(['Backspace', 'Delete', 'End', 'Enter', 'Escape', 'Files', 'Home', 'Tab']);

/** Functions whose arguments are words of the page, however short. */
const WORD_FUNCTIONS = new Set(['plural', 'alert', 'confirm']);

/** What reads no language: errors for who writes this code, selectors, types of files, styles. */
const MACHINE_CALLS =
  /^(?:Error|TypeError|RangeError|CSS|RegExp|URL|Blob|File|Worker|matchMedia|querySelector|querySelectorAll|closest|matches|getPropertyValue|setProperty|setAttribute|toggleAttribute|getElementById|warn|debug|assert|addColorStop|animate|replace|replaceAll|split|startsWith|endsWith|includes|join|indexOf|test|append|match|get|set|has|requestAdapter|import|NumberFormat|Segmenter|DateTimeFormat|PluralRules|DOMException)$/;

/** @param {string} text */
const letters = (text) => /\p{L}/u.test(text.replace(NAMES, ''));

/**
 * True where a literal of a script reads like English.
 * @param {string} text
 */
export function readsLikeText(text) {
  const bare = text.replace(NAMES, '').trim();
  if (EVENT_WORDS.has(bare)) return false;
  // A path, an address, a selector, a declaration of style, markup.
  if (
    /^\d+px |[{;]\s*[\w-]+\s*:|^[.#/<[]|^https?:|^[\w-]+\/[\w.+-]+$|^\w+\(|;\s*$|=["']|^--/.test(text.trim())
  )
    return false;
  if (/\p{L}{2,}[,.:;…’)”]?\s+[“‘(]?\p{L}{2,}/u.test(bare)) return true;
  if (/\p{L}…$/u.test(bare)) return true;
  return /^\p{Lu}\p{Ll}+[.:!?]?$/u.test(bare);
}

/** @param {Node | undefined} node */
function calledName(node) {
  const callee = node?.callee;
  if (callee?.type === 'Identifier') return String(callee.name);
  if (callee?.type === 'MemberExpression') return String(callee.property?.name);
  return '';
}

/**
 * How a literal of a script is used.
 * @param {Node} literal
 * @returns {'value' | 'word' | 'other'} a value of the program; an argument of what writes words; anything else
 */
function useOf(literal) {
  let node = literal;
  for (let parent = node.parent; parent; node = parent, parent = parent.parent) {
    switch (parent.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
      case 'TSLiteralType':
      case 'TSEnumMember':
      case 'TaggedTemplateExpression':
        return 'value';
      case 'SvelteStyleDirective':
        return 'value';
      case 'SvelteAttribute':
        return UNREAD.has(String(parent.key?.name)) ? 'value' : 'other';
      case 'SvelteMustacheTag':
        continue;
      case 'SwitchCase':
        return parent.test === node ? 'value' : 'other';
      case 'BinaryExpression':
        if (/^(?:[!=]==?|in)$/.test(parent.operator ?? '')) return 'value';
        continue;
      case 'MemberExpression':
        return parent.property === node ? 'value' : useOf(parent);
      case 'Property':
      case 'PropertyDefinition':
        return parent.key === node ? 'value' : 'other';
      case 'CallExpression':
      case 'NewExpression': {
        const name = calledName(parent);
        if (WORD_FUNCTIONS.has(name)) return 'word';
        return MACHINE_CALLS.test(name) ? 'value' : 'other';
      }
      case 'ConditionalExpression':
      case 'LogicalExpression':
      case 'TemplateLiteral':
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'TSNonNullExpression':
      case 'ArrayExpression':
        continue;
      default:
        return 'other';
    }
  }
  return 'other';
}

/**
 * Where in markup an expression stands: what is shown, and what an attribute says aloud.
 * @param {Node} literal
 * @returns {'text' | 'attribute' | undefined} undefined where it is neither
 */
function shownAs(literal) {
  let node = literal;
  for (let parent = node.parent; parent; node = parent, parent = parent.parent) {
    if (parent.type === 'SvelteMustacheTag') {
      if (parent.kind === 'raw') return 'text';
      const holder = parent.parent;
      if (holder?.type !== 'SvelteAttribute') return /** @type {const} */ ('text');
      return isSpoken(holder) ? 'attribute' : undefined;
    }
    if (parent.type === 'ConditionalExpression' && parent.test === node) return undefined;
    if (!/^(?:ConditionalExpression|LogicalExpression|TemplateLiteral|TS\w+Expression)$/.test(parent.type)) {
      if (parent.type !== 'BinaryExpression' || parent.operator !== '+') return undefined;
    }
  }
  return undefined;
}

/** @param {Node} attribute */
const isSpoken = (attribute) => SPOKEN.has(String(attribute.key?.name));

/** @param {Node} node */
function isUnspoken(node) {
  for (let above = node.parent; above; above = above.parent) {
    if (above.type === 'SvelteStyleElement') return true;
    const name = /** @type {{ name?: { name?: unknown } }} */ (above).name?.name;
    if (above.type === 'SvelteElement' && UNSPOKEN.has(String(name))) return true;
  }
  return false;
}

/** @type {import('eslint').Rule.RuleModule} */
export const noLooseText = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'what the page says stands in src/strings' },
    messages: {
      loose:
        '“{{text}}” is English in the code. Move it to src/strings/en and import it from $strings/… ' +
        '(docs/translation.md).',
    },
  },
  create(context) {
    /**
     * @param {Node} node
     * @param {string} text
     */
    const report = (node, text) => {
      const short = text.replace(/\s+/g, ' ').trim();
      context.report({
        node: /** @type {import('eslint').JSSyntaxElement} */ (node),
        messageId: 'loose',
        data: { text: short.length > 60 ? `${short.slice(0, 57)}…` : short },
      });
    };
    /**
     * @param {Node} node
     * @param {string} text
     */
    const literal = (node, text) => {
      if (!letters(text) || isUnspoken(node)) return;
      const use = useOf(node);
      if (use === 'value') return;
      if (use === 'word' || shownAs(node) || readsLikeText(text)) report(node, text);
    };
    /** @type {Record<string, (node: any) => void>} */
    const listener = {
      SvelteText: (/** @type {Node} */ node) => {
        const text = String(node.value);
        if (letters(text) && !isUnspoken(node)) report(node, text);
      },
      SvelteLiteral: (/** @type {Node} */ node) => {
        const attribute = node.parent;
        if (attribute?.type !== 'SvelteAttribute' || !isSpoken(attribute)) return;
        if (letters(String(node.value))) report(node, String(node.value));
      },
      Literal: (/** @type {Node} */ node) => {
        if (typeof node.value === 'string') literal(node, node.value);
      },
      TemplateLiteral: (/** @type {Node} */ node) => {
        // A hole stands for a word of its own.
        const text = (node.quasis ?? []).map(({ value }) => value.cooked ?? '').join('\u0000');
        if (!letters(text) || isUnspoken(node)) return;
        const use = useOf(node);
        if (use === 'value') return;
        const spaced = text.replaceAll('\u0000', ' ');
        if (use === 'word' || shownAs(node) || readsLikeText(spaced))
          report(node, text.replaceAll('\u0000', '${…}'));
      },
    };
    return listener;
  },
};
