/**
 * @file Calls of tools as people write them down: JSON, `name({…})`, or `name(argument=value)`; several in a list or
 * one after another.
 */
import { onlySpace } from './json';
import { scanJson } from './json-scanner';
import { reportNotes } from './notes';
import { Reporter } from './report';
import { Cursor, SourceText, type Place } from './source-text';
import { readCall, type CallKeys } from './tool-calls';
import type { ToolCall } from './types';

const HOW_TO_WRITE =
  'Write a call as {"name": "search", "arguments": {"query": "rain"}}, several in a list, ' +
  'or as search({"query": "rain"}) or search(query="rain").';

const KEYS: CallKeys = {
  name: ['name', 'tool', 'tool_name'],
  arguments: ['arguments', 'args', 'parameters', 'input'],
};

/** The text of a step that calls tools. */
export interface CallSource {
  field: string;
  content: SourceText;
  /** The calls, where they are written as JSON and not as a string. */
  call?: Cursor;
}

export interface PlacedCall {
  call: ToolCall;
  place: Place;
}

/** The calls of a step; errors are reported with the exact line and a note on how to write a call. */
export function readCallText(entry: CallSource, report: Reporter): PlacedCall[] {
  if (entry.call) return readValue(entry.call, report);
  const { content, field } = entry;
  const reader = new CallReader(content, field, report);
  const start = content.text.search(/\S/);
  if (start < 0) {
    report.error({ field, line: content.line(0) }, 'the step holds no call', HOW_TO_WRITE);
    return [];
  }
  const json = content.text[start] === '{' || /^\[\s*[[{\]"]/.test(content.text.slice(start));
  return json ? reader.jsonCalls(start) : reader.writtenCalls(start);
}

function readValue(value: Cursor, report: Reporter): PlacedCall[] {
  const list = value.node.kind === 'array' ? value.items() : [value];
  if (list.length === 0) report.error(value, 'the list of calls is empty', HOW_TO_WRITE);
  return list.flatMap((item) => {
    const call = readCall(item, report, KEYS, HOW_TO_WRITE);
    return call ? [{ call, place: { field: item.field, line: item.line } }] : [];
  });
}

class CallReader {
  private at = 0;

  constructor(
    private readonly source: SourceText,
    private readonly field: string,
    private readonly report: Reporter,
  ) {}

  /** JSON values, one after another, with commas between them or not. */
  jsonCalls(start: number): PlacedCall[] {
    const { text } = this.source;
    const calls: PlacedCall[] = [];
    for (this.at = start; !onlySpace(text, this.at); this.skip(/[\s,]*/y)) {
      const scan = scanJson(text, this.at);
      if (!scan.ok) return this.fail(scan.error.offset, `the call is not valid JSON: ${scan.error.reason}`);
      const inner = new Reporter(this.report.record);
      reportNotes(scan.notes, this.source, inner);
      const read = readValue(new Cursor(scan.node, this.source), inner);
      this.report.adopt(inner, this.field);
      for (const { call, place } of read) calls.push({ call, place: { ...place, field: this.field } });
      this.at = scan.next;
    }
    return calls;
  }

  /** `name(…)`, one after another or in square brackets, with commas or semicolons between them or not. */
  writtenCalls(start: number): PlacedCall[] {
    const { text } = this.source;
    this.at = start;
    const bracketed = text[this.at] === '[';
    if (bracketed) this.at++;
    const calls: PlacedCall[] = [];
    for (;;) {
      this.skip(/[\s,;]*/y);
      if (bracketed && text[this.at] === ']') {
        this.at++;
        if (!onlySpace(text, this.at))
          return this.fail(this.at, 'there is more text after the list of calls');
        return calls;
      }
      if (this.at >= text.length) return bracketed ? this.fail(this.at, 'the list of calls has no ]') : calls;
      const begin = this.at;
      const call = this.writtenCall();
      if (!call) return [];
      calls.push({ call, place: this.place(begin) });
    }
  }

  private writtenCall(): ToolCall | undefined {
    const begin = this.at;
    const name = this.skip(/[\p{L}_][\p{L}\p{N}_.-]*/uy);
    this.skip(/\s*/y);
    if (name === '' || this.skip(/\(/y) === '') {
      this.fail(begin, 'the text is no call of a tool');
      return undefined;
    }
    this.skip(/\s*/y);
    const raw = this.source.text[this.at] === '{' ? this.value() : this.keywords(name);
    if (raw === undefined) return undefined;
    this.skip(/\s*/y);
    if (this.skip(/\)/y) === '') {
      this.fail(this.at, `the call of \`${name}\` has no closing bracket here`);
      return undefined;
    }
    const scan = scanJson(raw);
    if (!scan.ok) throw new Error(`arguments were put together wrongly: ${scan.error.reason}`);
    for (const note of scan.notes) this.report.warn(this.place(begin), note.reason, note.remedy);
    const value = new Cursor(scan.node, new SourceText(raw)).json;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { name, arguments: value, rawArguments: raw };
  }

  /** `a=1, b="x"` as the text of a JSON object, each value's own text kept. */
  private keywords(name: string): string | undefined {
    const pairs = new Map<string, string>();
    while (this.source.text[this.at] !== ')') {
      const begin = this.at;
      const key = this.skip(/[\p{L}_][\p{L}\p{N}_]*/uy);
      this.skip(/\s*/y);
      if (key === '' || this.skip(/=/y) === '') {
        this.fail(begin, `an argument of \`${name}\` has no name`);
        return undefined;
      }
      if (pairs.has(key)) {
        this.fail(begin, `the argument \`${key}\` of \`${name}\` is given twice`);
        return undefined;
      }
      this.skip(/\s*/y);
      const value = this.value();
      if (value === undefined) return undefined;
      pairs.set(key, value);
      this.skip(/\s*/y);
      if (this.skip(/,\s*/y) === '') break;
    }
    return `{${[...pairs].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}`;
  }

  /** The JSON text of a value; Python's single quotes, True, False and None are translated. */
  private value(): string | undefined {
    const begin = this.at;
    const word = this.skip(/(?:True|False|None)\b/y);
    if (word !== '') return word === 'None' ? 'null' : word.toLowerCase();
    const quoted = this.skip(/'(?:[^'\\\n]|\\['"\\nt])*'/y);
    if (quoted !== '')
      return JSON.stringify(quoted.slice(1, -1).replace(/\\(.)/g, (_, c: string) => unescaped(c)));
    const scan = scanJson(this.source.text, begin);
    if (!scan.ok) {
      this.fail(scan.error.offset, `the value is not valid JSON: ${scan.error.reason}`);
      return undefined;
    }
    this.at = scan.next;
    return this.source.text.slice(begin, scan.next);
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private place(offset: number): Place {
    return { field: this.field, line: this.source.line(offset) };
  }

  private fail(offset: number, reason: string): [] {
    this.report.error(this.place(offset), `${reason} (character ${offset + 1})`, HOW_TO_WRITE);
    return [];
  }
}

function unescaped(letter: string): string {
  return letter === 'n' ? '\n' : letter === 't' ? '\t' : letter;
}
