/**
 * @file Files that hold no text of conversations: each is told what it is and what to do, the same by bytes and by text.
 */
import { describe, expect, it } from 'vitest';
import { importText, KNOWN_FORMS, type ImportOptions } from '../../src/conversation/import';
import { importBytes } from '../../src/conversation/import-bytes';

const utf8 = (text: string) => new TextEncoder().encode(text);
const zip = (rest = '') => utf8(`PK\u0003\u0004\u0014\u0000${rest}`);

async function told(name: string, bytes: Uint8Array, options: ImportOptions = {}) {
  const { problems, conversations, records } = await importBytes([{ name, bytes }], options);
  expect(conversations).toEqual([]);
  expect(records).toBe(0);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  expect(importText(text, { name, ...options }).problems).toEqual(problems);
  return problems.map(({ reason, remedy, line, severity }) => `${severity} ${line}: ${reason}. ${remedy}`);
}

const SPREADSHEET =
  'error 1: the file is a spreadsheet. Save the sheet as CSV (UTF-8), one conversation or message a row, and bring that.';
const COPY =
  'Copy the talk out of it and paste it as text, with User: and Assistant: before what each of them says.';
const YAML =
  "the file is YAML. Make JSON of it: python -c \"import json, yaml; json.dump(yaml.safe_load(open('in.yaml')), open('out.json', 'w'))\"";
const PAGE =
  'the file is a web page. Bring the data behind it: beside chat.html, ChatGPT’s export has conversations.json, and so has ' +
  'Claude’s. Of another page copy the talk and paste it as text, with User: and Assistant: before what each of them says.';

describe('a file that is none of conversations', () => {
  it.each<[name: string, bytes: Uint8Array, message: string]>([
    ['a.xlsx', zip('xl/workbook.xml'), SPREADSHEET],
    ['a.ods', zip(), SPREADSHEET],
    ['a.pptx', zip('ppt/presentation.xml'), `error 1: the file is a presentation. ${COPY}`],
    [
      'a.arrow',
      utf8('ARROW1\u0000'),
      "error 1: the file is Arrow. Make JSON Lines of it: python -c \"from datasets import load_dataset; load_dataset('arrow', data_files='in.arrow')['train'].to_json('out.jsonl')\"",
    ],
    ['a.docx', zip('word/document.xml'), `error 1: the file is a document of a word processor. ${COPY}`],
    [
      'export.zip',
      zip('conversations.json'),
      'error 1: the file is a zip archive. Unpack it and bring the file with the conversations: conversations.json in the data that ChatGPT and Claude export.',
    ],
    ['a.pdf', utf8('%PDF-1.7\n1 0 obj'), `error 1: the file is a PDF. ${COPY}`],
    [
      'a.parquet',
      utf8('PAR1\u0015\u0000'),
      "error 1: the file is Parquet. Make JSON Lines of it: python -c \"from datasets import load_dataset; load_dataset('parquet', data_files='in.parquet')['train'].to_json('out.jsonl')\"",
    ],
    [
      'a.xls',
      Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
      `error 1: the file is of an older Office. Save the sheet as CSV (UTF-8), one conversation or message a row, and bring that. ${COPY}`,
    ],
    [
      'a.db',
      utf8('SQLite format 3\u0000'),
      'error 1: the file is an SQLite database. Export the table with the conversations as CSV, and bring that.',
    ],
    [
      'a.7z',
      Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
      'error 1: the file is packed in a way that is not read here. Unpack it and bring what is in it; gzip can stay.',
    ],
    ['a.html', utf8('<!DOCTYPE html>\n<p>User: U</p>\nUser: U\nAssistant: A'), `error 1: ${PAGE}`],
    ['page', utf8('\n<!-- saved -->\n<html lang="en">'), `error 1: ${PAGE}`],
    ['fragment.htm', utf8('\n<p>Hi</p>'), `error 2: ${PAGE}`],
    ['a.yaml', utf8('# talks\nfirst: x'), `error 1: ${YAML}`],
    ['a.txt', utf8('- role: user\n  content: U\n- role: assistant\n  content: A\n'), `error 1: ${YAML}`],
    ['b.txt', utf8('---\nmessages:\n  - role: user\n    content: U\n'), `error 1: ${YAML}`],
    [
      'a.xml',
      utf8('<?xml version="1.0"?><talk/>'),
      'error 1: the file is XML. Make JSON Lines of it, or paste the talk as text, with User: and Assistant: before what each of them says.',
    ],
    [
      'a.bin',
      utf8('a\u0000b'),
      'error 1: the file is no text. Bring conversations as JSON, JSON Lines, CSV or a transcript.',
    ],
    [
      'empty.json',
      utf8(''),
      'error 1: the file is empty. Write the file again, or choose another: there is nothing in it, or only white space.',
    ],
    [
      'prose.txt',
      utf8('Prose.'),
      `error 1: the file is neither JSON nor a transcript with known roles. ${KNOWN_FORMS}`,
    ],
  ])('%s', async (name, bytes, message) => {
    expect(await told(name, bytes)).toEqual([message]);
  });

  it('is told by what it is before its name', async () => {
    const chat = '{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}]}';
    for (const name of ['a.yaml', 'a.html', 'a.xlsx', 'a.pdf']) {
      const { conversations, problems } = await importBytes([{ name, bytes: utf8(chat) }]);
      expect([conversations.length, problems]).toEqual([1, []]);
    }
    // What is broken JSON is told as that, whatever characters it holds.
    const broken = importText('{"messages": [\u0000', { name: 'a.json' }).problems.map(
      ({ reason }) => reason,
    );
    expect(broken.join()).not.toContain('no text');
    expect(broken).toHaveLength(1);
    const talk = importText('User: U\nAssistant: A', { name: 'a.yml' });
    expect([talk.format, talk.problems]).toEqual(['plain transcript', []]);
  });

  it('is read all the same where a format is asked for, if it is text', () => {
    const page = '<html>\nUser: U\nAssistant: A';
    const asked = importText(page, { format: 'transcript' }).problems.map(({ reason }) => reason);
    expect(asked).toEqual(['there is text before the first speaker']);
    const pdf = importText('%PDF-1\nUser: U', { format: 'transcript' }).problems.map(({ reason }) => reason);
    expect(pdf).toEqual(['the file is a PDF']);
  });
});
