/**
 * @file The tokens of a strip as plain elements. A strip draws thousands of them while it is scrolled: elements that a chunk no
 * longer needs are taken by the next, and only what differs is written, so that scrolling leaves next to no garbage behind.
 */
import type { Overlay } from '../state/overlay';
import { turn } from './strip-direction';
import { baseOf, levelsAt, type StripLine } from './strip-layout';
import type { StripToken } from './strip-token';

/** The element of a token, with what it shows now. */
interface Drawn {
  element: HTMLElement;
  text: Text;
  token: StripToken;
  classes: string;
  /** True where it is the one that Tab goes to. */
  reached: boolean;
  /** Before it: where the text turns its direction, where the line may wrap, and what is said of the stretch that begins here. */
  turn: Text | undefined;
  wrap: HTMLElement | undefined;
  tag: HTMLElement | undefined;
}

/** What all tokens of a chunk are drawn from. */
export interface ChunkContent {
  lines: readonly StripLine[];
  /** Tokens of all lines; undefined far from the screen, where `plain` is drawn. */
  tokens: readonly StripToken[] | undefined;
  plain: (line: StripLine) => string;
  overlay: Overlay;
  /** The token that Tab goes to; −1 where it is in another chunk. */
  reached: number;
}

/** Elements that no chunk needs now: as many as two screens hold. */
const spare: Drawn[] = [];
const MOST_SPARE = 3000;

/** Draws one chunk into its element, and draws it again as what it shows changes. */
export class ChunkDrawing {
  readonly #host: HTMLElement;
  #lines: HTMLElement[] = [];
  #plain: (string | undefined)[] = [];
  #drawn: Drawn[] = [];

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show({ lines, tokens, plain, overlay, reached }: ChunkContent): void {
    this.#layLines(lines);
    if (!tokens) {
      this.#release(this.#drawn);
      this.#drawn = [];
      lines.forEach((line, k) => this.#showPlain(k, plain(line)));
      return;
    }
    const from = lines[0]?.start ?? 0;
    const before = this.#drawn;
    const first = before[0]?.token.index ?? from;
    const kept = (index: number) => before[index - first];
    const last = from + tokens.length;
    const left = before.filter(({ token: { index } }) => index < from || index >= last);
    this.#release(left);
    this.#drawn = lines.flatMap((line) =>
      tokens.slice(line.start - from, line.end - from).map((token) => {
        const drawn = kept(token.index) ?? spare.pop() ?? newElement(token);
        update(drawn, token, line, overlay, token.index === reached);
        return drawn;
      }),
    );
    lines.forEach((line, k) => this.#showTokens(k, line.start - from, line.end - from));
  }

  /** Gives its elements to others; nothing is drawn after. */
  clear(): void {
    this.#release(this.#drawn);
    this.#drawn = [];
  }

  #layLines(lines: readonly StripLine[]): void {
    while (this.#lines.length > lines.length) this.#lines.pop()?.remove();
    lines.forEach((line, k) => {
      let element = this.#lines[k];
      if (!element) {
        element = document.createElement('div');
        element.className = 'line';
        element.setAttribute('role', 'presentation');
        this.#host.append(element);
        this.#lines[k] = element;
        this.#plain[k] = undefined;
      }
      element.classList.toggle('part', line.part);
      // Parts of one line are one text, whose direction is that of the block that they flow in.
      if (line.part) element.removeAttribute('dir');
      else {
        const direction = line.rightToLeft ? 'rtl' : 'ltr';
        if (element.dir !== direction) element.dir = direction;
      }
    });
    this.#plain.length = lines.length;
  }

  #showPlain(k: number, text: string): void {
    const line = this.#lines[k];
    if (!line || this.#plain[k] === text) return;
    line.textContent = text;
    this.#plain[k] = text;
  }

  #showTokens(k: number, from: number, to: number): void {
    const line = this.#lines[k];
    if (!line) return;
    if (this.#plain[k] !== undefined) line.textContent = '';
    this.#plain[k] = undefined;
    // What is there already stays where it is: a token that is moved would lose the focus.
    let next = line.firstChild;
    const put = (node: Node | undefined) => {
      if (!node) return;
      if (node === next) next = next.nextSibling;
      else line.insertBefore(node, next);
    };
    for (let i = from; i < to; i++) {
      const drawn = this.#drawn[i];
      put(drawn?.turn);
      put(drawn?.wrap);
      put(drawn?.tag);
      put(drawn?.element);
    }
  }

  #release(all: readonly Drawn[]): void {
    for (const drawn of all) {
      drawn.turn?.remove();
      drawn.wrap?.remove();
      drawn.tag?.remove();
      drawn.element.remove();
      if (spare.length < MOST_SPARE) spare.push(drawn);
    }
  }
}

function newElement(token: StripToken): Drawn {
  const element = document.createElement('span');
  element.setAttribute('role', 'option');
  element.tabIndex = 0;
  const text = document.createTextNode('');
  element.append(text);
  return {
    element,
    text,
    // Unlike any, so that everything is written.
    token: { ...token, index: -1, text: '', kind: token.kind === 'user' ? 'system' : 'user' },
    classes: '',
    reached: true,
    turn: undefined,
    wrap: undefined,
    tag: undefined,
  };
}

function classesOf(token: StripToken, line: StripLine, overlay: Overlay): string {
  let classes = `t ${overlay}`;
  if (overlay !== 'weight') classes += ' heated';
  if (token.delimiter) classes += ' delimiter';
  if (token.leftToRight) classes += ' ltr';
  else if (line.levels) classes += levelsAt(line, token.index)[1] % 2 ? ' rtl' : ' ltr';
  if (token.newline) classes += ' newline';
  return classes;
}

/** Attributes that are there where a token has something to tell by them. */
const MARKS = [
  ['aria-label', ({ name }) => name],
  ['data-bytes', ({ bytes }) => bytes],
  ['data-bar', ({ bar }) => bar || undefined],
  ['data-heat', ({ heat }) => heat],
  ['data-cut', ({ cut }) => cut || undefined],
  ['data-edited', ({ edited }) => edited || undefined],
  ['data-diff', ({ diff }) => diff],
  ['data-block', ({ block }) => block],
  ['data-note', ({ note }) => note],
  ['data-found', ({ found }) => found],
  ['data-lit', ({ lit }) => lit || undefined],
] as const satisfies readonly [
  name: string,
  of: (token: StripToken) => string | number | boolean | undefined,
][];

function update(drawn: Drawn, token: StripToken, line: StripLine, overlay: Overlay, reached: boolean): void {
  const { element, token: before } = drawn;
  const classes = classesOf(token, line, overlay);
  if (drawn.classes !== classes) element.className = drawn.classes = classes;
  updateTurn(drawn, token, line);
  if (drawn.reached !== reached) element.tabIndex = reached ? 0 : -1;
  drawn.reached = reached;
  if (before === token) return;
  drawn.token = token;
  if (before.index !== token.index) element.setAttribute('data-i', String(token.index));
  if (before.text !== token.text) drawn.text.data = token.text;
  if (before.selected !== token.selected || before.index < 0)
    element.setAttribute('aria-selected', String(token.selected));
  for (const [name, of] of MARKS) {
    const value = of(token);
    if (value === of(before) && before.index >= 0) continue;
    if (value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, String(value));
  }
  if (before.kind !== token.kind) element.setAttribute('data-kind', token.kind);
  updateBefore(drawn, token);
}

function updateTurn(drawn: Drawn, { index }: StripToken, line: StripLine): void {
  const text = line.levels ? turn(...levelsAt(line, index), baseOf(line)) : '';
  if (drawn.turn?.data === text) return;
  drawn.turn?.remove();
  drawn.turn = text ? document.createTextNode(text) : undefined;
}

/** What else stands before a token. */
function updateBefore(drawn: Drawn, { wrap, tag, kind }: StripToken): void {
  if (wrap) drawn.wrap ??= document.createElement('wbr');
  else if (drawn.wrap) {
    drawn.wrap.remove();
    drawn.wrap = undefined;
  }
  if (tag === undefined) {
    drawn.tag?.remove();
    drawn.tag = undefined;
    return;
  }
  if (!drawn.tag) {
    drawn.tag = document.createElement('span');
    drawn.tag.className = 'tag';
    // Names a stretch for the eye; the details of each token say the same.
    drawn.tag.setAttribute('aria-hidden', 'true');
  }
  if (drawn.tag.textContent !== tag) drawn.tag.textContent = tag;
  if (drawn.tag.dataset.kind !== kind) drawn.tag.dataset.kind = kind;
}
