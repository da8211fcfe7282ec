/**
 * @file Calls and results of tools inside a text: Hermes' `<tool_call>{json}</tool_call>` and
 * `<tool_response>…</tool_response>`, and the `<TOOLCALL>[ … ]</TOOLCALL>` of When2Call.
 */
import { readCallText, type PlacedCall } from './call-text';
import { onlySpace } from './json';
import { scanJson } from './json-scanner';
import { pythonToJson } from './python-literal';
import type { Reporter } from './report';
import { SourceText, type Place } from './source-text';

export interface CallTags {
  open: string;
  close: string;
}

export const HERMES_TAGS: CallTags = { open: '<tool_call>', close: '</tool_call>' };
export const WHEN2CALL_TAGS: CallTags = { open: '<TOOLCALL>', close: '</TOOLCALL>' };

/**
 * Takes the calls out of a text; their arguments keep their raw text. The text before the first call stays, less the
 * white space at its end, which a template writes itself. Text between and after calls is joined to it by line breaks,
 * with a warning. Where a block is not closed, or holds no JSON, everything stays text, with a warning; a block that
 * begins like JSON and is none is an error.
 */
export function splitCalls(
  text: string,
  tags: CallTags,
  place: Place,
  report: Reporter,
): { content: string; calls: PlacedCall[] } {
  const calls: PlacedCall[] = [];
  const texts: string[] = [];
  let at = 0;
  for (let open = text.indexOf(tags.open); open >= 0; open = text.indexOf(tags.open, at)) {
    const inside = open + tags.open.length;
    const close = text.indexOf(tags.close, inside);
    const body = text.slice(inside, close < 0 ? undefined : close);
    if (close < 0 || !/^\s*[[{]/.test(body)) {
      const what = close < 0 ? `${tags.open} without ${tags.close}` : `${tags.open} that holds no JSON`;
      report.warn(
        place,
        `the text has ${what}, and was left as it is`,
        'Write {"name": "…", "arguments": {…}} in it.',
      );
      return { content: text, calls: [] };
    }
    texts.push(text.slice(at, open));
    const content = bodyOf(body, place, report);
    for (const call of readCallText({ field: place.field, content }, report)) calls.push(call);
    at = close + tags.close.length;
  }
  if (calls.length === 0) return { content: text, calls };
  texts.push(text.slice(at));
  const [first = '', ...later] = texts;
  const behind = later.map((part) => part.trim()).filter((part) => part !== '');
  if (behind.length > 0) {
    const reason = 'text stands behind a call, and was joined to the text before the calls';
    report.warn(place, reason, 'Put it before the call, or into a message of its own.');
  }
  return { content: [first.trimEnd(), ...behind].filter((part) => part !== '').join('\n'), calls };
}

function bodyOf(body: string, place: Place, report: Reporter): SourceText {
  const scan = scanJson(body);
  const translated = scan.ok && onlySpace(body, scan.next) ? undefined : pythonToJson(body);
  if (translated === undefined || !scanJson(translated).ok) return new SourceText(body, place.line, true);
  const reason = 'a call is written as Python, not as JSON, and was translated';
  report.warnOnce(place, reason, 'Nothing to do, unless the exact text of the arguments matters.');
  return new SourceText(translated, place.line, true);
}

const RESPONSE = { open: '<tool_response>', close: '</tool_response>' };

/**
 * The results in a text that is nothing but `<tool_response>` blocks, each less one line break at its two ends, because
 * a template writes the tags itself; else the text as it is.
 */
export function splitResponses(text: string, place: Place, report: Reporter): string[] {
  if (!text.includes(RESPONSE.open)) return [text];
  const blocks: string[] = [];
  let outside = '';
  let at = 0;
  for (let open = text.indexOf(RESPONSE.open); open >= 0; open = text.indexOf(RESPONSE.open, at)) {
    const close = text.indexOf(RESPONSE.close, open);
    if (close < 0) break;
    outside += text.slice(at, open);
    blocks.push(text.slice(open + RESPONSE.open.length, close));
    at = close + RESPONSE.close.length;
  }
  outside += text.slice(at);
  if (blocks.length > 0 && outside.trim() === '') {
    return blocks.map((block) => block.replace(/^\r?\n/, '').replace(/\r?\n$/, ''));
  }
  const reason = 'the result has text beside <tool_response>, and was left as it is';
  report.warn(place, reason, 'Keep only what the tool returned: the template writes the tags.');
  return [text];
}
