/**
 * @file The command line as a process: the bundle alone, run in an empty folder against the shipped model's folder.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { exportEdits } from '../../src/mask/edit-file';
import { editTokens } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { PRESETS } from '../../src/mask/presets';
import { buildCli } from '../../tools/cli-build.mjs';
import { fixture, weighed } from './mask-support';

const POCKET = path.resolve('public/models/pocket');
const NAMES = ['answer only', 'empty think', 'odd Unicode'];
let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-cli-'));
  bundle = path.join(folder, 'bundle', 'losslight.mjs');
  await buildCli(bundle);
  await mkdir(path.join(folder, 'empty'));
  await put('data.jsonl', toOpenAIJsonl(NAMES.map(fixture)));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

const inFolder = (name: string) => path.join(folder, name);

/** Runs the bundle from the empty folder. */
async function losslight(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: path.join(folder, 'empty'), maxBuffer: 1 << 26 };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [bundle, ...args], options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

interface Line {
  source: number;
  ids: number[];
  tokens: string[];
  start: number[];
  end: number[];
  segments: string[];
  messages: number[];
  weights: number[];
  text: string;
}
const lines = <T>(stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const model = ['--tokenizer', POCKET];
const masks = (...more: string[]) => losslight('masks', ...model, '--data', inFolder('data.jsonl'), ...more);

describe('losslight masks', () => {
  it('warns where the tokenizer has what is not followed as in Python', async () => {
    const other = inFolder('single-word');
    await mkdir(other);
    await copyFile(path.join(POCKET, 'tokenizer_config.json'), path.join(other, 'tokenizer_config.json'));
    const json = await readFile(path.join(POCKET, 'tokenizer.json'), 'utf8');
    const changed = json.replace(/"single_word":\s*false/, '"single_word": true');
    expect(changed).not.toBe(json);
    await writeFile(path.join(other, 'tokenizer.json'), changed);
    const { code, stderr } = await losslight('masks', '--tokenizer', other, '--data', inFolder('data.jsonl'));
    expect(code).toBe(0);
    expect(stderr.trim()).toBe(
      `${path.join(other, 'tokenizer.json')}: warning: ids may differ from Python's. ` +
        'The added token “<|endoftext|>” is found inside words too: single_word is not followed.',
    );
  });

  it('prints one object a line with --json, exactly these fields', async () => {
    const { code, stdout, stderr } = await masks('--json');
    expect([code, stderr]).toEqual([0, '']);
    const found = lines<Line>(stdout);
    expect(found.map(({ source }) => source)).toEqual([0, 1, 2]);
    const header = ['<|im_start|>', 'assistant', '\n'];
    const empty = found[1];
    expect(empty).toEqual({
      source: 1,
      ids: empty?.ids,
      tokens: [
        ...['<|im_start|>', 'user', '\n', 'Hi', '<|im_end|>', '\n', ...header],
        ...['<think>', '\n', '\n', '</think>', '\n', '\n', 'Hello', '!', '<|im_end|>', '\n'],
      ],
      start: [0, 12, 16, 17, 19, 29, 30, 42, 51, 52, 59, 60, 61, 69, 70, 71, 76, 77, 87],
      end: [12, 16, 17, 19, 29, 30, 42, 51, 52, 59, 60, 61, 69, 70, 71, 76, 77, 87, 88],
      segments: [
        ...['header', 'header', 'header', 'user', 'scaffold', 'scaffold', 'header', 'header', 'header'],
        ...['think', 'think', 'think', 'think', 'think', 'think', 'answer', 'answer', 'end', 'scaffold'],
      ],
      messages: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      weights: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
      text: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\nHello!<|im_end|>\n',
    });
    expect(empty?.ids).toHaveLength(19);
  });

  it('gives UTF-16 offsets: every token that is whole text is the text there', async () => {
    for (const { tokens, start, end, text } of lines<Line>((await masks('--json')).stdout)) {
      tokens.forEach((token, i) => {
        if (!/^\\x/.test(token)) expect(text.slice(start[i], end[i])).toBe(token);
      });
    }
  });

  it('follows a preset, and a policy file', async () => {
    const last = async (policy: string) => {
      const { stdout } = await masks('--json', '--policy', policy);
      const { tokens, weights } = lines<Line>(stdout)[0] ?? { tokens: [], weights: [] };
      return tokens.flatMap((token, i) => (weights[i] ? [`${token} ${weights[i]}`] : []));
    };
    expect(await last('torchtune')).toEqual([
      ...['<|im_start|> 1', 'assistant 1', '\n 1', 'Hello 1', '! 1', '<|im_end|> 1', '\n 1'],
    ]);
    const file = await put(
      'policy.json',
      JSON.stringify({ answer: { train: true, weight: 0.3 }, endOfTurn: 'none' }),
    );
    expect(await last(file)).toEqual(['Hello 0.3', '! 0.3']);
  });

  it('prints a table in which more than colour marks what is trained', async () => {
    const { stdout } = await masks();
    const [first = ''] = stdout.split('\n\n');
    expect(first.split('\n').slice(-6)).toEqual([
      '         0     293  assistant     header    2',
      '         0     209  ⏎             header    2',
      '▌        1     569  Hello         answer    2',
      '▌        1      11  !             answer    2',
      '▌        1       2  <|im_end|>    end       2',
      '         0     209  ⏎             scaffold  2',
    ]);
    expect(first).toMatch(/^record 0 \(line 1\): 3 of \d+ tokens are trained\n/);
    expect(stdout).not.toContain('\u001b');
  });

  it('needs tokenizer.json and a template, no more', async () => {
    const bare = inFolder('bare');
    await mkdir(bare);
    await copyFile(path.join(POCKET, 'tokenizer.json'), path.join(bare, 'tokenizer.json'));
    await writeFile(
      path.join(bare, 'chat_template.jinja'),
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}",
    );
    expect((await readdir(bare)).length).toBe(2);
    const { code, stdout } = await losslight(
      ...['masks', '--tokenizer', bare, '--data', inFolder('data.jsonl'), '--json'],
    );
    expect(code).toBe(0);
    expect(lines<Line>(stdout)[0]?.text).toBe(
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n' +
        '<|im_start|>assistant\nHello!<|im_end|>\n',
    );
  });

  it('reads gzip', async () => {
    const file = await put('data.jsonl.gz', gzipSync(await readFile(inFolder('data.jsonl'))));
    const { stdout } = await losslight('masks', ...model, '--data', file, '--json');
    expect(lines<Line>(stdout)).toHaveLength(3);
  });

  it('tells of bad records on standard error, prints the good ones, and ends with 1', async () => {
    const good = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]}';
    const file = await put('mixed.jsonl', `${good}\n{"messages": [{"role": "user"}]}\n${good}\n`);
    const { code, stdout, stderr } = await losslight('masks', ...model, '--data', file, '--json');
    expect(lines<Line>(stdout).map(({ source }) => source)).toEqual([0, 2]);
    expect(stderr).toMatch(/mixed\.jsonl:2: error: .*content/);
    expect(code).toBe(1);
  });

  it('reads several files, one after another', async () => {
    const other = await put('other.jsonl', toOpenAIJsonl([fixture('think only')]));
    const { code, stdout } = await masks('--data', other, '--json');
    expect(code).toBe(0);
    expect(lines<Line>(stdout).map(({ source }) => source)).toEqual([0, 1, 2, 0]);
    const table = (await masks('--data', other)).stdout;
    expect(table).toContain(`${other}, record 0 (line 1): `);
  });

  it('says which file is not there before it prints anything', async () => {
    const { code, stdout, stderr } = await masks('--data', 'absent.jsonl', '--json');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('absent.jsonl is not there: give --data a file of conversations.\n');
  });

  it('reads a table by --columns, and every record as --format says', async () => {
    const table = await put('table.csv', 'Frage,Antwort\nHi,Hello!\n');
    const read = async (...more: string[]) =>
      losslight('masks', ...model, '--data', table, '--json', ...more);
    for (const columns of ['Frage=user, Antwort=assistant', '{"Frage": "user", "Antwort": "assistant"}']) {
      const { code, stdout } = await read('--columns', columns);
      expect(code).toBe(0);
      expect(lines<Line>(stdout)[0]?.text).toContain('user\nHi<|im_end|>\n<|im_start|>assistant\nHello!');
    }
    expect((await read('--columns', 'Frage')).stderr).toBe(
      '--columns is “Frage”: write COLUMN=FIELD,COLUMN=FIELD or a JSON object of strings.\n',
    );
    expect((await masks('--format', 'chat')).stderr).toMatch(
      /^“chat” is no format: give --format one of openai, /,
    );
    const { code, stderr } = await masks('--format', 'alpaca');
    expect(code).toBe(2);
    expect(stderr).toMatch(/data\.jsonl:1: error: /);
  });

  it('applies edits over the policy, and tells of those that fit no more', async () => {
    const view = weighed(fixture('answer only'), DEFAULT_POLICY);
    const at = view.pieces.indexOf('Hello');
    const edits = (id: string) => exportEdits({ [id]: [editTokens(view, at, at, -0.5)] });
    const { code, stdout, stderr } = await masks(
      ...['--json', '--edits', await put('edits.json', edits('data.jsonl#0'))],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(lines<Line>(stdout)[0]?.weights.filter(Boolean)).toEqual([-0.5, 1, 1]);

    const table = (await masks('--edits', await put('edits.json', edits('data.jsonl#0')))).stdout;
    expect(table).toMatch(/^record 0 \(line 1\): 2 trained, 1 trained away from, of \d+ tokens\n/);

    const changed = await masks('--json', '--edits', await put('edits.json', edits('data.jsonl#1')));
    expect(changed.code).toBe(1);
    expect(changed.stderr).toMatch(/data\.jsonl:2: warning: record 1: The edit of tokens .* was dropped/);
    const absent = await masks('--json', '--edits', await put('edits.json', edits('data.jsonl#9')));
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/^warning: the edits of “data\.jsonl#9” were left out/);
    const nothing = await masks('--edits', 'absent.json');
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      'absent.json is not there: give --edits a file of edits.\n',
    ]);
  });

  it('ends quietly when its reader has enough', async () => {
    const many = await put('many.jsonl', (await readFile(inFolder('data.jsonl'), 'utf8')).repeat(300));
    const shell = `"${process.execPath}" "${bundle}" masks --tokenizer "${POCKET}" --data "${many}" | head -n 1`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', shell]);
    expect(stdout).toMatch(/^record 0/);
    expect(stderr).toBe('');
  });
});

describe('losslight diff', () => {
  const diff = (...more: string[]) =>
    losslight('diff', ...model, '--data', inFolder('data.jsonl'), '--policy', 'default', ...more);

  it('shows the tokens that two policies weigh differently, and sums up', async () => {
    const { code, stdout } = await diff('--policy', 'axolotl');
    expect(code).toBe(0);
    expect(stdout).toBe(
      'record 1 (line 2): 6 of 19 tokens differ\n' +
        '  tokens 9–14      message 1   think     A 1      B 0      “<think>⏎⏎</think>⏎⏎”\n' +
        '\n' +
        'A is default, B is axolotl; tokens of 3 records:\n' +
        stdout.slice(stdout.indexOf('segment  ')),
    );
    expect(stdout).toMatch(/\nthink +\d+ +\d+ +\d+ +6\n/);
    expect(stdout).toMatch(/\nend +3 +3 +3 +0\n/);
  });

  it('prints one object a line with --json', async () => {
    const { stdout } = await diff('--policy', 'axolotl', '--json');
    const found = lines<{ source: number; differing: number; runs: object[] }>(stdout);
    expect(found.map(({ source, differing }) => [source, differing])).toEqual([
      [0, 0],
      [1, 6],
      [2, 0],
    ]);
    expect(found[1]?.runs).toEqual([{ start: 9, end: 15, segment: 'think', message: 1, a: 1, b: 0 }]);
  });
});

describe('losslight diff with weights below zero', () => {
  it('tells what is trained away from apart', async () => {
    const file = await put('away.json', JSON.stringify({ answer: { train: true, weight: -1 } }));
    const { stdout } = await losslight(
      ...['diff', ...model, '--data', inFolder('data.jsonl'), '--policy', 'default', '--policy', file],
    );
    expect(stdout).toContain(
      'segment         tokens   trained A   trained B      away A      away B   differing\n',
    );
    expect(stdout).toMatch(/\nanswer +(\d+) +\1 +0 +0 +\1 +\1\n/);
    expect(stdout).toMatch(/trained away from the token\.\n$/);
  });
});

describe('a bad flag or file', () => {
  it.each<[name: string, args: string[], line: string | RegExp]>([
    ['no command', [], 'No command was given: use “losslight masks” or “losslight diff”'],
    ['an unknown command', ['mask'], '“mask” is no command: use'],
    [
      'an unknown flag',
      ['masks', '--colour'],
      '“--colour” is no option of “losslight masks”: use --tokenizer',
    ],
    ['a flag without a value', ['masks', '--data'], '--data has no value: write --data FILE, a file of'],
    ['a flag given twice', ['masks', ...model, ...model], '--tokenizer was given twice'],
    ['no tokenizer', ['masks', '--data', 'x'], '--tokenizer is missing: give --tokenizer DIR'],
    ['no data', ['masks', ...model], '--data is missing: give --data FILE'],
    [
      'one policy to compare',
      ['diff', ...model, '--data', 'x', '--policy', 'axolotl'],
      'two policies, not 1',
    ],
    [
      'a folder without a tokenizer',
      ['masks', '--tokenizer', '.', '--data', 'x'],
      'tokenizer.json is not there',
    ],
    ['a file that is not there', ['masks', ...model, '--data', 'absent.jsonl'], 'absent.jsonl is not there'],
    ['a folder as data', ['masks', ...model, '--data', POCKET], 'cannot be read (EISDIR'],
    [
      'an unknown policy',
      ['masks', ...model, '--data', 'x', '--policy', 'trl'],
      'one of default, trl-assistant',
    ],
  ])('%s ends with 2 and one line', async (_, args, line) => {
    const { code, stdout, stderr } = await losslight(...args);
    expect(stderr).toContain(line);
    expect(stderr.split('\n')).toHaveLength(2);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each<[name: string, content: string | Uint8Array, line: string]>([
    ['that is empty', '', 'the file is empty'],
    ['without a good record', '{"messages": [{"role": "user"}]}\n', ':1: error: '],
    ['that is no text', Uint8Array.of(0x7b, 0xff, 0xfe), ':1: error: '],
    ['that is broken gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 1), 'the gzip data is broken'],
  ])('data %s', async (_, content, line) => {
    const { code, stdout, stderr } = await losslight('masks', ...model, '--data', await put('bad', content));
    expect(stderr).toContain(line);
    expect(stderr.split('\n')).toHaveLength(2);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('a policy file that is not UTF-8', async () => {
    const { code, stderr } = await masks(
      '--policy',
      await put('latin.json', Uint8Array.of(0x22, 0xe9, 0x22)),
    );
    expect(stderr).toMatch(/latin\.json is not UTF-8 text: save it as UTF-8\.\n$/);
    expect(code).toBe(2);
  });

  it('a policy file', async () => {
    const file = await put('bad-policy.json', '{"turns": "first"}');
    const { code, stderr } = await masks('--policy', file);
    expect(stderr).toBe(
      'The policy cannot be read: turns is "first". Use one of all, last-turn, last-message, final-message.\n',
    );
    expect(code).toBe(2);
  });

  it('a tokenizer', async () => {
    const broken = inFolder('broken');
    await mkdir(broken);
    await writeFile(path.join(broken, 'tokenizer.json'), '<!doctype html>\n');
    const { code, stderr } = await losslight(
      ...['masks', '--tokenizer', broken, '--data', inFolder('data.jsonl')],
    );
    expect(stderr).toMatch(/^tokenizer\.json is not valid JSON: .*Take the file.*\n$/);
    expect(code).toBe(2);
  });
});

it('npx losslight inside a checkout builds the bundle by itself', async () => {
  const bin = path.resolve('bin/losslight.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [bin, '--help'], { cwd: inFolder('empty') });
  expect(stdout).toContain('losslight diff');
});

describe('help', () => {
  it('--help names every preset and ends with 0', async () => {
    const { code, stdout } = await losslight('--help');
    expect(code).toBe(0);
    for (const { name } of PRESETS) expect(stdout).toContain(name);
    expect((await losslight('help')).stdout).toBe(stdout);
  });

  it('each command has its own, with every flag', async () => {
    for (const { name, flags, about } of COMMANDS) {
      const { code, stdout } = await losslight(name, '--help');
      expect(code).toBe(0);
      expect(stdout.startsWith(about)).toBe(true);
      for (const flag of Object.keys(flags)) expect(stdout).toContain(`\n  ${flag}`);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
      expect((await losslight('help', name)).stdout).toBe(stdout);
    }
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await losslight('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
