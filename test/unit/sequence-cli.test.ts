/**
 * @file `losslight sequences`, and `losslight masks` with the flags of sequences: the command line within this process.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Io } from '../../src/cli/io';
import { run } from '../../src/cli/run';
import { memorySink, memorySource } from '../../src/conversation/stream-import';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { exportEdits } from '../../src/mask/edit-file';
import { editMessage, editTokens } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { fixture, inspector } from './mask-support';

const TURNS = fixture('two turns: earlier thinking is stripped');
const TOOLS = fixture('think, call, result, answer');
const FILES: Record<string, string> = {
  'data.jsonl': toOpenAIJsonl([TURNS, TOOLS]),
  'other.jsonl': toOpenAIJsonl([TOOLS]),
};

/** Runs a command on files in memory and the shipped model's folder. */
async function losslight(files: Record<string, string>, ...words: (string | Pick<Io, 'watch'>)[]) {
  const args = words.filter((word) => typeof word === 'string');
  const more = words.find((word) => typeof word !== 'string');
  const out = { stdout: '', stderr: '' };
  const io: Io = {
    version: '0.0.0',
    colour: false,
    read: async (path) =>
      path in files ? new TextEncoder().encode(files[path]) : readFile(path).catch(() => undefined),
    open: (path) =>
      Promise.resolve(path in files ? memorySource(new TextEncoder().encode(files[path]), path) : undefined),
    makeSink: (name) => Promise.resolve(memorySink(name)),
    print: (text) => {
      out.stdout += text;
      return Promise.resolve();
    },
    warn: (line) => void (out.stderr += `${line}\n`),
    ...more,
  };
  const code = await run(args, io);
  return { code, ...out };
}

/** Runs a command and gives what it said to its watcher: what began, and undefined where it had ended. */
async function watched(files: Record<string, string>, ...args: string[]): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  const time = vi.spyOn(performance, 'now');
  // A slow machine: each look at the clock is a second later.
  let now = 0;
  time.mockImplementation(() => (now += 1000));
  try {
    await losslight(files, ...args, { watch: (what?: string) => void told.push(what) });
  } finally {
    time.mockRestore();
  }
  return told;
}

const MODEL = ['--tokenizer', 'public/models/pocket'];
const DATA = ['--data', 'data.jsonl'];
const masks = (...args: string[]) => losslight(FILES, 'masks', ...MODEL, ...DATA, ...args);
const sequences = (...args: string[]) => losslight(FILES, 'sequences', ...MODEL, ...DATA, ...args);

interface Line {
  source: number;
  sequence: number;
  ids: number[];
  tokens: string[];
  start: number[];
  end: number[];
  messages: number[];
  weights: number[];
  positions: number[];
  documents: number[];
  text: string;
  sources?: { file?: string; source: number; sequence: number }[];
}
const lines = <T>(stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

describe('losslight masks --sequences', () => {
  test.each(['whole', 'prefixes', 'prefixes-last', 'last', 'fork'] as const)('%s', async (strategy) => {
    const { code, stdout, stderr } = await masks('--sequences', strategy, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const wanted = [TURNS, TOOLS].flatMap((conversation, source) =>
      inspector
        .divide(conversation, DEFAULT_POLICY, { strategy })
        .sequences.map(({ sequence }, i) => ({ source, sequence: i, ...sequence })),
    );
    const found = lines<Line>(stdout);
    expect(found.map(({ source, sequence }) => [source, sequence])).toEqual(
      wanted.map(({ source, sequence }) => [source, sequence]),
    );
    found.forEach((line, i) => {
      expect(line.ids).toEqual([...(wanted[i]?.ids ?? [])]);
      expect(line.weights).toEqual([...(wanted[i]?.weights ?? [])]);
      expect(line.positions).toEqual(line.ids.map((_, t) => t));
      expect(line.documents).toEqual(line.ids.map(() => 1));
      expect(line.tokens.map((_, t) => line.text.slice(line.start[t], line.end[t]))).toEqual(line.tokens);
    });
  });

  test('as tables', async () => {
    const { stdout } = await masks('--sequences', 'fork');
    const titles = stdout.split('\n').filter((line) => line.startsWith('record'));
    expect(titles).toEqual([
      expect.stringMatching(/^record 0 \(line 1\), sequence 0: \d+ of \d+ tokens are trained$/),
      expect.stringMatching(/^record 0 \(line 1\), sequence 1: /),
      expect.stringMatching(/^record 1 \(line 2\), sequence 0: /),
    ]);
  });

  test('packed: every sequence in one of the rows, with its text', async () => {
    const alone = lines<Line>((await masks('--sequences', 'fork', '--json')).stdout);
    const longest = Math.max(...alone.map(({ ids }) => ids.length));
    const { code, stdout } = await masks('--sequences', 'fork', '--pack', String(longest), '--json');
    expect(code).toBe(0);
    const rows = lines<Line>(stdout);
    expect(rows.length).toBeLessThan(alone.length);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i));
    for (const row of rows) {
      expect(row.ids.length).toBeLessThanOrEqual(longest);
      expect(row.tokens.map((_, t) => row.text.slice(row.start[t], row.end[t]))).toEqual(row.tokens);
      const parts = (row.sources ?? []).map(({ source, sequence }) =>
        alone.find((line) => line.source === source && line.sequence === sequence),
      );
      for (const field of ['ids', 'weights', 'messages', 'positions'] as const)
        expect(row[field]).toEqual(parts.flatMap((part) => part?.[field] ?? []));
      expect(row.documents).toEqual(parts.flatMap((part, i) => part?.ids.map(() => i + 1) ?? []));
      expect(row.text).toBe(parts.map((part) => part?.text).join(''));
    }
    const table = await losslight(
      FILES,
      'masks',
      ...MODEL,
      ...DATA,
      '--data',
      'other.jsonl',
      '--pack',
      '512',
    );
    expect(table.stdout).toMatch(
      /^row 0: data\.jsonl, record 1 \(line 2\) sequence 0; other\.jsonl, record 0 \(line 1\) sequence 0; data\.jsonl, record 0 \(line 1\) sequence 0: /,
    );
  });

  test('cut: what is lost goes to standard error, and a record without anything left counts', async () => {
    const { code, stdout, stderr } = await masks('--sequences', 'last', '--max-length', '30', '--json');
    expect(code).toBe(1);
    expect(lines<Line>(stdout).map(({ source, ids }) => [source, ids.length])).toEqual([[0, 30]]);
    expect(stderr).toMatch(
      /^data\.jsonl:1: warning: record 0, sequence 0, message 3: The sequence is too long, and \d+ of this message’s \d+ trained tokens are left in it\.$/m,
    );
    expect(stderr).toContain('data.jsonl:2: warning: record 1 is left out: no sequence has a trained token.');
    const start = await masks('--max-length', '30', '--truncate', 'start', '--json');
    expect(
      lines<Line>(start.stdout).map(({ ids, text, end }) => [ids.length, end.at(-1) === text.length]),
    ).toEqual([
      [30, true],
      [30, true],
    ]);
  });

  test('edits go with their text', async () => {
    const { rendered, encoded } = inspector.inspect(TURNS);
    const edit = editMessage({ text: rendered.text, encoded, spans: rendered.spans }, 1, 2);
    const files = { ...FILES, 'edits.json': exportEdits({ 'data.jsonl#0': [edit] }) };
    const args = ['--sequences', 'prefixes', '--edits', 'edits.json', '--json'];
    const { code, stdout, stderr } = await losslight(files, 'masks', ...MODEL, ...DATA, ...args);
    expect(lines<Line>(stdout).map(({ weights }) => Math.max(...weights))).toEqual([2, 2, 1]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('lints look at the weights after edits', async () => {
    const { rendered, encoded } = inspector.inspect(TOOLS);
    const end = encoded.ids.findLastIndex((_, i) => encoded.generated[i] === 1);
    const edit = editTokens({ text: rendered.text, encoded }, end, end, 0);
    const files = { ...FILES, 'edits.json': exportEdits({ 'data.jsonl#1': [edit] }) };
    const lintsOf = async (...args: string[]) => {
      const { stdout } = await losslight(
        files,
        'masks',
        ...MODEL,
        ...DATA,
        '--sequences',
        'whole',
        '--json',
        ...args,
      );
      return lines<{ lints: { lint: string }[] }>(stdout).map((line) => line.lints.map(({ lint }) => lint));
    };
    const [one = [], two = []] = await lintsOf();
    expect(two).not.toContain('end-of-turn-untrained');
    expect(await lintsOf('--edits', 'edits.json')).toEqual([one, [...two, 'end-of-turn-untrained']]);
  });

  test.each([
    ['masks', '--sequences', 'prefixes'],
    ['masks', '--sequences', 'fork', '--json'],
    ['sequences'],
  ])('%s %s: each rendering of a long conversation has its own time', async (command, ...args) => {
    const told = await watched(FILES, command, ...MODEL, ...DATA, ...args);
    const { length } = told.filter((what) => what === 'data.jsonl:1: record 0');
    // Two user turns: at least a rendering of each, and of each prompt where messages are put on theirs.
    expect(length).toBeGreaterThan(args.includes('prefixes') ? 2 : 4);
    expect(told.at(-1)).toBeUndefined();
  });

  test.each([
    [
      ['--sequences', 'forks'],
      '“forks” is no strategy: give --sequences one of whole, prefixes, prefixes-last, last, fork.',
    ],
    [['--max-length', '1.5'], '--max-length is “1.5”: give a whole number from 2.'],
    [['--pack', '0'], '--pack is “0”: give a whole number from 2.'],
    [
      ['--max-length', '9', '--truncate', 'both'],
      '“both” is no way to cut: give --truncate one of end, start, turns.',
    ],
    [['--truncate', 'start'], '--truncate needs a length: give --max-length too.'],
  ])('%j is refused', async (args, message) => {
    expect(await masks(...args)).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
  });
});

interface Totals {
  conversations: number;
  totals: {
    strategy: string;
    sequences: number;
    trainedTokens: number;
    flops?: number;
    otherContexts: number;
  }[];
}

describe('losslight sequences', () => {
  test('the table', async () => {
    const { code, stdout, stderr } = await sequences();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(['2 conversations']);
    const column = (name: string) => rows.slice(2, 7).map((row) => row[1 + (rows[1]?.indexOf(name) ?? NaN)]);
    expect(rows.slice(2, 7).map(([strategy]) => strategy)).toEqual([
      'whole',
      'prefixes',
      'prefixes-last',
      'last',
      'fork',
    ]);
    expect(column('sequences')).toEqual(['2', '3', '3', '2', '3']);
    expect(column('never')).toEqual(['0', '0', '0', '1', '0']);
    expect(column('more')).toEqual(['0', '1', '0', '0', '0']);
    expect(column('unlike')).toEqual(['1', '1', '0', '0', '0']);
    expect(column('cost')[0]).toBe('1.00×');
    expect(stdout).toContain('cost: operations of training against whole conversations.');
    expect(stdout).toMatch(/^prefixes +times trained +1\.33 +1\.00$/m);
    expect(stdout).toMatch(
      /whole:\n {2}record 0 \(line 1\), sequence 0, message 1, from character \d+: .*thinking of message 1 left out\.\nprefixes:/,
    );
  });

  test('as JSON: a line for each record, and the sums', async () => {
    const { code, stdout } = await sequences('--json');
    expect(code).toBe(0);
    const found = lines<{ source: number; reports: { strategy: string }[] } & Totals>(stdout);
    expect(found.slice(0, 2)).toMatchObject([{ source: 0 }, { source: 1 }]);
    expect(found[0]?.reports).toEqual(
      JSON.parse(JSON.stringify(inspector.compare(TURNS, DEFAULT_POLICY))).map((report: object) => ({
        ...report,
        flops: expect.any(Number) as number,
      })),
    );
    expect(found[2]).toMatchObject({ conversations: 2 });
    expect(found[2]?.totals.map(({ strategy, sequences: count }) => [strategy, count])).toEqual([
      ['whole', 2],
      ['prefixes', 3],
      ['prefixes-last', 3],
      ['last', 2],
      ['fork', 3],
    ]);
  });

  test('without config.json the cost is tokens', async () => {
    const folder = 'public/models/pocket';
    const files = { ...FILES };
    for (const name of ['tokenizer.json', 'tokenizer_config.json'])
      files[`bare/${name}`] = await readFile(`${folder}/${name}`, 'utf8');
    const { stdout } = await losslight(files, 'sequences', '--tokenizer', 'bare', ...DATA);
    expect(stdout).toContain('cost: tokens against whole conversations.');
  });

  test('a template that refuses a record', async () => {
    const files = { ...FILES };
    for (const name of ['tokenizer.json', 'tokenizer_config.json'])
      files[`strict/${name}`] = await readFile(`public/models/pocket/${name}`, 'utf8');
    files['strict/chat_template.jinja'] =
      '{% if tools %}{{ raise_exception("no tools") }}{% endif %}{% for m in messages %}{{ m.content + "<|im_end|>" }}{% endfor %}';
    const { code, stdout, stderr } = await losslight(files, 'sequences', '--tokenizer', 'strict', ...DATA);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 conversation\n/);
    expect(stderr).toMatch(/^data\.jsonl:2: error: record 1: .*no tools/m);
  });
});
