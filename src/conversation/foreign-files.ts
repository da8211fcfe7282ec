/**
 * @file Files that are no text of conversations but of which it is known how to get one: what they are, and what to do.
 *
 * They are told by their first characters (magic numbers as far as they are ASCII, so that a text in memory and the bytes of
 * a file are told alike), and by their names where those say more.
 */

export interface ForeignFile {
  reason: string;
  remedy: string;
}

const SPEAK = 'with User: and Assistant: before what each of them says';
const CSV = 'Save the sheet as CSV (UTF-8), one conversation or message a row, and bring that.';
const COPY = `Copy the talk out of it and paste it as text, ${SPEAK}.`;

/** Kinds whose beginning says what they are. */
const OFFICE: readonly (ForeignFile & { name: RegExp })[] = [
  { name: /\.(?:xlsx|xlsm|ods|numbers)$/i, reason: 'the file is a spreadsheet', remedy: CSV },
  { name: /\.(?:docx|odt|pages)$/i, reason: 'the file is a document of a word processor', remedy: COPY },
  {
    name: /\.(?:pptx|odp|key)$/i,
    reason: 'the file is a presentation',
    remedy: COPY,
  },
];

const ZIP: ForeignFile = {
  reason: 'the file is a zip archive',
  remedy:
    'Unpack it and bring the file with the conversations: conversations.json in the data that ChatGPT and Claude export.',
};

const BINARY: readonly (ForeignFile & { begins: RegExp })[] = [
  { begins: /^%PDF-/, reason: 'the file is a PDF', remedy: COPY },
  {
    begins: /^PAR1/,
    reason: 'the file is Parquet',
    remedy:
      "Make JSON Lines of it: python -c \"from datasets import load_dataset; load_dataset('parquet', data_files='in.parquet')['train'].to_json('out.jsonl')\"",
  },
  {
    begins: /^ARROW1/,
    reason: 'the file is Arrow',
    remedy:
      "Make JSON Lines of it: python -c \"from datasets import load_dataset; load_dataset('arrow', data_files='in.arrow')['train'].to_json('out.jsonl')\"",
  },
  {
    begins: /^SQLite format 3\u0000/,
    reason: 'the file is an SQLite database',
    remedy: 'Export the table with the conversations as CSV, and bring that.',
  },
  // Bytes that are no UTF-8 are U+FFFD by now.
  {
    begins: /^\uFFFD\uFFFD\u0011[\uFFFD\u0871]/,
    reason: 'the file is of an older Office',
    remedy: `${CSV} ${COPY}`,
  },
  {
    begins: /^(?:7z\uFFFD\uFFFD|Rar!|BZh[1-9]|\uFFFD7zXZ|\(\uFFFD\/\uFFFD)/,
    reason: 'the file is packed in a way that is not read here',
    remedy: 'Unpack it and bring what is in it; gzip can stay.',
  },
];

const HTML: ForeignFile = {
  reason: 'the file is a web page',
  remedy:
    'Bring the data behind it: beside chat.html, ChatGPT’s export has conversations.json, and so has Claude’s. ' +
    `Of another page copy the talk and paste it as text, ${SPEAK}.`,
};

const YAML: ForeignFile = {
  reason: 'the file is YAML',
  remedy:
    "Make JSON of it: python -c \"import json, yaml; json.dump(yaml.safe_load(open('in.yaml')), open('out.json', 'w'))\"",
};

const XML: ForeignFile = {
  reason: 'the file is XML',
  remedy: `Make JSON Lines of it, or paste the talk as text, ${SPEAK}.`,
};

const NOT_TEXT: ForeignFile = {
  reason: 'the file is no text',
  remedy: 'Bring conversations as JSON, JSON Lines, CSV or a transcript.',
};

/** Characters of a file that are looked at. */
const BEGINNING = 2000;

/**
 * What a file surely is by its first characters, whatever else could be read out of it; undefined where it may be text.
 *
 * @param asked Whether it is asked to be read as some format: then only what is no text at all is refused.
 */
export function foreignByBeginning(name: string, text: string, asked: boolean): ForeignFile | undefined {
  const beginning = text.slice(0, BEGINNING);
  if (/^PK(?:\u0003\u0004|\u0005\u0006)/.test(beginning)) {
    return OFFICE.find((kind) => kind.name.test(name)) ?? ZIP;
  }
  const binary = BINARY.find(({ begins }) => begins.test(beginning));
  if (binary || asked) return binary;
  const json = /^\s*[[{]/.test(beginning);
  if (!json && beginning.includes('\u0000')) return NOT_TEXT;
  return /^\s*(?:<!--[^]*?-->\s*)?<(?:!doctype\s+html|html)\b/i.test(beginning) ? HTML : undefined;
}

/** What a file that no format claims seems to be, by its name and its first lines. */
export function foreignByLooks(name: string, text: string): ForeignFile | undefined {
  const beginning = text.slice(0, BEGINNING);
  const field = /^(?:---\s+)?(?:- )?["']?(?:messages|conversations?|role|from|data)["']?:(?:\s|$)/m;
  if (/\.ya?ml$/i.test(name) || field.test(beginning)) return YAML;
  if (/\.x?html?$/i.test(name)) return HTML;
  return /^\s*<\?xml\b/.test(beginning) ? XML : undefined;
}
