/**
 * @file The strip as a file of its own: a page of HTML or a drawing in SVG that needs nothing else, in light and dark. Text,
 * segments, weights and the overlay are as on the page; whatever a conversation holds is escaped.
 */
import { strip } from '$strings/strip';
import { tokenName } from './strip-export-words';
import type { MaskView } from '../state/mask.svelte';
import { OVERLAY_LABELS } from '../state/overlay';
import type { SegmentKind } from '../template/rendered';
import { SCALES } from './heat';
import { ROLE_LABELS } from './kinds';
import { turn, visualOrder } from './strip-direction';
import { baseOf, layoutStrip, levelsAt, type StripLine, type StripMessage } from './strip-layout';
import { stripTokens, type StripToken, type StripValues } from './strip-token';
import { columns } from './strip-text-width';

/** What is written out: the strip as it is shown, and what to call it. */
export interface ExportedStrip {
  view: MaskView;
  values: StripValues;
  title: string;
}

/** Colours of segments, for light and for dark; those of app.css, whose variables a file of its own does not have. */
const KIND_COLOURS: Readonly<Record<SegmentKind, readonly [light: string, dark: string]>> = {
  system: ['#56606f', '#aab4c2'],
  tools: ['#6d584c', '#c9b3a4'],
  user: ['#3c5a6e', '#a5c3d8'],
  header: ['#646b78', '#959eac'],
  think: ['#8e2a86', '#ecaae6'],
  call: ['#a34700', '#f59b52'],
  answer: ['#0b57b0', '#6aa5ff'],
  result: ['#68600a', '#d3c86a'],
  end: ['#00695f', '#45c9a8'],
  scaffold: ['#646a75', '#8f97a4'],
};
const UP = ['#0b57b0', '#6aa5ff'] as const;
const DOWN = ['#a34700', '#f59b52'] as const;
const PAGE = ['#ffffff', '#161a20'] as const;
const INK = ['#151922', '#e9ecf1'] as const;
const QUIET = ['#454e5e', '#b4bdca'] as const;

const both = (name: string, [light, dark]: readonly [string, string]) => [
  `--${name}:${light}`,
  `--${name}:${dark}`,
];

/** Custom properties of both themes. */
function palette(): string {
  const pairs = [
    both('page', PAGE),
    both('ink', INK),
    both('quiet', QUIET),
    both('up', UP),
    both('down', DOWN),
    ...Object.entries(KIND_COLOURS).map(([kind, colours]) => both(kind, colours)),
  ];
  const theme = (i: 0 | 1) => pairs.map((pair) => pair[i]).join(';');
  return `:root{color-scheme:light dark;${theme(0)}}\n@media (prefers-color-scheme:dark){:root{${theme(1)}}}`;
}

/** Text or a quoted attribute of HTML and SVG; characters that XML does not allow at all become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function roleOf({ source }: MaskView, message: number): string {
  const role = source.messages[message]?.role;
  return role ? ROLE_LABELS[role] : strip.template;
}

/** In words: what the bars and colours of the file mean. */
function explanation({ overlay }: StripValues): string {
  if (overlay === 'weight') return strip.file.weights;
  const { title, low, high, borders } = SCALES[overlay];
  return strip.file.overlay(OVERLAY_LABELS[overlay], title, low, high, borders);
}

/** Height of a token's bar in pixels, above (negative) or below. */
function barOf({ bar, heat }: StripToken, { overlay }: StripValues): number {
  if (overlay !== 'weight') return heat ?? 0;
  return Math.sign(bar) * Math.min(5, Math.abs(bar) + (Math.abs(bar) === 4 ? 1 : 0));
}

/** Words on lines of at most so many characters. */
function wrapped(text: string, most: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`.trimStart();
    else lines.push(word);
  }
  return lines;
}

/** Name of the colour of a token's bar. */
function colourOf({ kind }: StripToken, bar: number, { overlay }: StripValues): string {
  if (overlay === 'weight') return kind;
  const better = overlay === 'probability' || overlay === 'change' || overlay === 'advantage';
  return better === bar >= 0 ? 'up' : 'down';
}

/** A file is drawn at once: its lines are whole. */
const laidOut = (view: MaskView): StripMessage[] => layoutStrip(view, Infinity);

/** A whole page of HTML. */
export function stripHtml({ view, values, title }: ExportedStrip): string {
  const messages = laidOut(view).map((message) => htmlMessage(message, view, values));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
${palette()}
body{margin:1.5rem auto;max-width:70rem;padding:0 1rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.2rem}
p{color:var(--quiet);font-size:.85rem}
section{display:grid;grid-template-columns:6rem minmax(0,1fr);gap:.75rem;border-top:1px solid color-mix(in srgb,var(--ink) 20%,transparent);padding:.4rem 0}
h2{margin:.2rem 0;font-size:.8rem}
div{font:.9rem/1.9 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}
div>div{min-height:1.9em}
span{--b:0px;margin-inline-end:1px;border-radius:2px;padding:.14em 0 .26em;color:var(--k);background:color-mix(in srgb,var(--k) 7%,transparent);box-shadow:inset 0 calc(-1*var(--b)) 0 var(--c);unicode-bidi:isolate;-webkit-box-decoration-break:clone;box-decoration-break:clone}
span.on{color:var(--ink);font-weight:650}
span.up{box-shadow:inset 0 var(--b) 0 var(--c)}
span.l{direction:ltr}
span.r{direction:rtl}
span[data-b]::before{content:'\\2060' attr(data-b);padding:0 .15em;direction:ltr;unicode-bidi:isolate;font-size:.62em;font-weight:400}
s{color:var(--quiet)}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(explanation(values))}</p>
${messages.join('\n')}
</body>
</html>
`;
}

function htmlMessage({ message, chunks }: StripMessage, view: MaskView, values: StripValues): string {
  const lines = chunks.flatMap((chunk) => {
    const tokens = stripTokens(view, values, chunk.start, chunk.end);
    return chunk.lines.map((line) => {
      const inside = tokens
        .slice(line.start - chunk.start, line.end - chunk.start)
        .map((token) => htmlToken(token, line, view, values))
        .join('');
      return `<div dir="${line.rightToLeft ? 'rtl' : 'ltr'}">${inside}</div>`;
    });
  });
  return `<section><h2>${escaped(roleOf(view, message))}</h2><div translate="no">${lines.join('')}</div></section>`;
}

function htmlToken(token: StripToken, line: StripLine, view: MaskView, values: StripValues): string {
  const bar = barOf(token, values);
  const [before, level] = levelsAt(line, token.index);
  const direction = token.leftToRight ? 'l' : !line.levels ? '' : level % 2 ? 'r' : 'l';
  const classes = [token.bar ? 'on' : '', bar < 0 ? 'up' : '', direction].filter(Boolean);
  const style = `--k:var(--${token.kind})${bar ? `;--b:${Math.abs(bar)}px;--c:var(--${colourOf(token, bar, values)})` : ''}`;
  const text = escaped(token.text.replace(/\n$/, ''));
  const name = escaped(tokenName(token, view, values));
  const inside = token.cut ? `<s>${text}</s>` : text;
  const bytes = token.bytes === undefined ? '' : ` data-b="${token.bytes}"`;
  return `${turn(before, level, baseOf(line))}<span${classes.length ? ` class="${classes.join(' ')}"` : ''} style="${style}" title="${name}"${bytes}>${inside}</span>`;
}

/** Of a column and of a line, in the drawing's pixels. */
const COLUMN = 8;
const LINE = 24;
const LABEL = 88;
/** Columns after which a line goes on below. */
const WIDTH = 100;

/** A drawing: one rectangle and one text a token, whose width is set, so that no font moves the next one. */
export function stripSvg({ view, values, title }: ExportedStrip): string {
  const parts: string[] = [];
  let y = 80;
  for (const { message, chunks } of layoutStrip(view)) {
    parts.push(`<text class="role" x="8" y="${y + 16}">${escaped(roleOf(view, message))}</text>`);
    for (const chunk of chunks) {
      const tokens = stripTokens(view, values, chunk.start, chunk.end);
      for (const line of chunk.lines) {
        for (const row of rowsOf(tokens.slice(line.start - chunk.start, line.end - chunk.start))) {
          const columnsTaken = row.reduce((sum, { wide }) => sum + wide, 0);
          let x = line.rightToLeft ? WIDTH - columnsTaken : 0;
          const drawn: string[] = [];
          for (const i of visualOrder(row.map(({ token }) => levelsAt(line, token.index)[1]))) {
            const cell = row[i];
            if (!cell) continue;
            const place = { x: LABEL + COLUMN * x, y, width: COLUMN * cell.wide };
            // In the order of the text, whatever their places.
            drawn[i] = svgToken(cell.token, place, view, values);
            x += cell.wide;
          }
          parts.push(...drawn);
          y += LINE;
        }
      }
    }
    y += 8;
  }
  const width = LABEL + COLUMN * WIDTH + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 8}" viewBox="0 0 ${width} ${y + 8}" role="img">
<title>${escaped(title)}</title>
<style>
${palette()}
text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--k,var(--ink));white-space:pre}
.on{font-weight:bold;fill:var(--ink)}
.role,.about{font-family:system-ui,sans-serif;font-size:12px;fill:var(--quiet)}
.title{font-family:system-ui,sans-serif;font-size:15px;font-weight:bold;fill:var(--ink)}
.b{font-size:8px;font-weight:normal}
.cut{text-decoration:line-through;fill:var(--quiet)}
</style>
<rect width="100%" height="100%" style="fill:var(--page)"/>
<text class="title" x="8" y="24">${escaped(title)}</text>
${wrapped(explanation(values), 120)
  .map((line, i) => `<text class="about" x="8" y="${44 + 16 * i}">${escaped(line)}</text>`)
  .join('\n')}
${parts.join('\n')}
</svg>
`;
}

/** A token without its line break, and the columns that it takes. */
interface Cell {
  token: StripToken;
  wide: number;
}

/** The tokens of a line in rows that are wide enough for them. */
function rowsOf(tokens: readonly StripToken[]): Cell[][] {
  const rows: Cell[][] = [];
  let taken = Infinity;
  for (const token of tokens) {
    const mark = token.bytes === undefined ? 0 : Math.ceil(0.75 * token.bytes.length);
    const wide = Math.max(1, columns(token.text.replace(/\n$/, '')) + mark);
    if (taken + wide > WIDTH) {
      rows.push([]);
      taken = 0;
    }
    rows.at(-1)?.push({ token, wide });
    taken += wide;
  }
  return rows;
}

function svgToken(
  token: StripToken,
  { x, y, width }: { x: number; y: number; width: number },
  view: MaskView,
  values: StripValues,
): string {
  const bar = barOf(token, values);
  const kind = `var(--${token.kind})`;
  const ground = `<rect x="${x}" y="${y}" width="${width - 1}" height="${LINE - 4}" rx="2" style="fill:${kind};opacity:.1"/>`;
  const height = Math.abs(bar);
  const barY = bar < 0 ? y : y + LINE - 4 - height;
  const drawn = bar
    ? `<rect x="${x}" y="${barY}" width="${width - 1}" height="${height}" style="fill:var(--${colourOf(token, bar, values)})"/>`
    : '';
  const classes = [token.bar ? 'on' : '', token.cut ? 'cut' : ''].filter(Boolean).join(' ');
  const text = escaped(token.text.replace(/\n$/, ''));
  const mark = token.bytes === undefined ? '' : `<tspan class="b">${token.bytes}</tspan>`;
  const shown = `<text${classes ? ` class="${classes}"` : ''} style="--k:${kind}" x="${x}" y="${y + 15}" textLength="${width - 1}" lengthAdjust="spacingAndGlyphs">${mark}${text}</text>`;
  return `<g><title>${escaped(tokenName(token, view, values))}</title>${ground}${drawn}${shown}</g>`;
}
