/**
 * @file `losslight lint` as a process: what it prints, and the exit status that a CI job looks at.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import type { LintFields } from '../../src/lint/export';
import { exportEdits } from '../../src/mask/edit-file';
import { editTokens } from '../../src/mask/edits';
import { Inspector } from '../../src/sequence/inspector';
import { buildCli } from '../../tools/cli-build.mjs';

const POCKET = path.resolve('public/models/pocket');
let folder: string;
let bundle: string;

const chat = (...turns: [user: string, assistant: string][]) =>
  JSON.stringify({
    messages: turns.flatMap(([user, assistant]) => [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ]),
  });
const GOOD = chat(['Hi', 'Hello!']);
const CONTROL = chat(['Say <|im_end|>', 'Hello!']);
const EMPTY_THINK = chat(['Hi', '<think>\n\n</think>\n\nHello!']);
/** Ids of `<|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎Hello!<|im_end|>⏎`. */
const IDS = [1, 296, 209, 579, 2, 209, 1, 293, 209, 497, 11, 2, 209];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-lint-'));
  bundle = path.join(folder, 'losslight.mjs');
  await buildCli(bundle);
  await put('good.jsonl', `${GOOD}\n`);
  await put('mixed.jsonl', `${GOOD}\n${EMPTY_THINK}\n${CONTROL}\n${EMPTY_THINK}\n`);
  await put('warned.jsonl', `${EMPTY_THINK}\n${EMPTY_THINK}\n`);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string): Promise<string> {
  await writeFile(path.join(folder, name), content);
  return name;
}

async function lint(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = [bundle, 'lint', '--tokenizer', POCKET, ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, all, { cwd: folder })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
const found = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LintFields);

describe('losslight lint', () => {
  it('has nothing to say of good data', async () => {
    const { code, stdout, stderr } = await lint('--data', 'good.jsonl');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '0 errors, 0 warnings, 0 to know, in 1 record.\n',
      stderr: '',
    });
  });

  it('prints errors first, each with record, message, characters and fix, and ends with 1', async () => {
    const { code, stdout } = await lint('--data', 'mixed.jsonl');
    expect(code).toBe(1);
    expect(stdout).toBe(
      `error Content holds control tokens [control-token-in-content]
  The tokenizer makes real control tokens of them: a turn ends in the middle of a text, or somebody speaks in another’s name.
  record 2 (line 3), message 0, characters 21–31: <|im_end|> in the content of message 0 becomes a real control token.
      fix: Write < |im_end|> instead

warning An empty think block is trained [empty-think-trained]
  Each empty block in the loss teaches the model to answer without thinking, also where it should think. (ms-swift#5927)
  record 1 (line 2), message 1, characters 52–71: Message 1 has an empty think block, and it is trained.
      fix: Leave empty think blocks out of the loss
  record 3 (line 4), message 1, characters 52–71: Message 1 has an empty think block, and it is trained.
      fix: Leave empty think blocks out of the loss

1 error, 2 warnings, 0 to know, in 4 records.
`,
    );
  });

  it('prints one object a line with --json', async () => {
    const { stdout } = await lint('--data', 'mixed.jsonl', '--json');
    expect(found(stdout)[0]).toEqual({
      lint: 'control-token-in-content',
      severity: 'error',
      text: '<|im_end|> in the content of message 0 becomes a real control token.',
      file: 'mixed.jsonl',
      source: 2,
      line: 3,
      message: 0,
      field: 'content',
      start: 21,
      end: 31,
      tokens: [6, 7],
      fix: {
        kind: 'conversation',
        title: 'Write < |im_end|> instead',
        record: {
          messages: [
            { role: 'user', content: 'Say < |im_end|>' },
            { role: 'assistant', content: 'Hello!' },
          ],
        },
      },
    });
    expect(found(stdout).map(({ severity, source }) => [severity, source])).toEqual([
      ['error', 2],
      ['warning', 1],
      ['warning', 3],
    ]);
  });

  it.each([
    [[], 0],
    [['--max-warnings', '2'], 0],
    [['--max-warnings', '1'], 1],
    [['--max-warnings=0'], 1],
  ])('two warnings with %j end with %i', async (flags, code) => {
    expect((await lint('--data', 'warned.jsonl', ...flags)).code).toBe(code);
  });

  it('counts the warnings of import', async () => {
    const silent = {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: '' },
      ],
    };
    const file = await put('silent.jsonl', `${JSON.stringify(silent)}\n`);
    const strict = await lint('--data', file, '--max-warnings', '0');
    expect(strict.stderr).toMatch(/warning: /);
    expect(strict.stdout).toMatch(/[1-9] warnings?, /);
    expect(strict.code).toBe(1);
  });

  it('prints five of a kind, and all with --all', async () => {
    const many = await put('many.jsonl', `${EMPTY_THINK}\n`.repeat(8));
    const short = await lint('--data', many);
    expect(short.stdout.match(/empty think block, and/g)).toHaveLength(5);
    expect(short.stdout).toContain('  and 3 more; --all prints them.\n');
    expect((await lint('--data', many, '--all')).stdout.match(/empty think block, and/g)).toHaveLength(8);
    expect(found((await lint('--data', many, '--json')).stdout)).toHaveLength(8);
  });

  it('looks at the weights after edits by hand, and tells of those that fit no more', async () => {
    const inspector = new Inspector(
      await readFile(`${POCKET}/tokenizer.json`, 'utf8'),
      await readFile(`${POCKET}/tokenizer_config.json`, 'utf8'),
    );
    const messages: Message[] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello!' },
    ];
    const source = { file: 'good.jsonl', record: 0, line: 1 };
    const { rendered, encoded } = inspector.inspect({ id: 'x', messages, extra: {}, source });
    const end = encoded.generated.lastIndexOf(1);
    const edit = editTokens({ text: rendered.text, encoded }, end, end, 0);
    const book = (id: string, of = edit) => exportEdits({ [id]: [of] });

    const args = ['--data', 'good.jsonl', '--json', '--edits'];
    const edited = await lint(...args, await put('edits.json', book('good.jsonl#0')));
    expect(found(edited.stdout)).toMatchObject([
      { lint: 'end-of-turn-untrained', severity: 'error', source: 0, message: 1, tokens: [end, end + 1] },
    ]);
    expect({ code: edited.code, stderr: edited.stderr }).toEqual({ code: 1, stderr: '' });

    const changed = await lint(
      ...args,
      await put('old.json', book('good.jsonl#0', { ...edit, digest: '0' })),
    );
    expect({ code: changed.code, stdout: changed.stdout }).toEqual({ code: 1, stdout: '' });
    expect(changed.stderr).toMatch(/^good\.jsonl:1: warning: record 0: The edit of tokens .* was dropped/);
    const absent = await lint(...args, await put('other.json', book('good.jsonl#7')));
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/^warning: the edits of “good\.jsonl#7” were left out/);
    expect(await lint('--rollouts', 'good.jsonl', '--edits', 'edits.json')).toMatchObject({
      code: 2,
      stderr: '--edits are weights of conversations: give --data FILE too.\n',
    });
  });

  it('knows where a sequence is cut', async () => {
    await put('turns.jsonl', `${chat(['Hi', 'Hello!'], ['Bye', 'Bye!'])}\n`);
    const args = ['--data', 'turns.jsonl', '--json', '--max-length', '20', '--truncate'];
    const lost = async (how: string) =>
      found((await lint(...args, how)).stdout).map(({ message }) => message);
    expect([await lost('end'), await lost('start'), await lost('turns')]).toEqual([[3], [1], [3]]);
  });

  it('reads the trainer’s settings, and says what all records share once', async () => {
    const settings = await put(
      'sft.yml',
      'max_length: 9\npad_token: "<|im_end|>"\ngradient_accumulation_steps: 2\n',
    );
    const data = await put('long.jsonl', `${GOOD}\n${chat(['Hi', 'Hello! Hello!'])}\n`);
    const { stdout } = await lint('--data', data, '--settings', settings, '--json');
    const short = found(stdout).map(({ lint: id, severity, source, records }) => [
      id,
      severity,
      source,
      records,
    ]);
    expect(short).toEqual([
      ['truncated-targets', 'error', 0, undefined],
      ['truncated-targets', 'error', 1, undefined],
      ['pad-is-eos', 'warning', 0, 2],
      ['micro-batch-mean', 'info', undefined, undefined],
    ]);
    expect(stdout).toContain('may count 2 times as much as another (3 to 6 a record)');
    const longer = await lint('--data', data, '--settings', settings, '--max-length', '99', '--json');
    expect(found(longer.stdout).map((finding) => finding.lint)).not.toContain('truncated-targets');
  });

  it('lints rollouts and packed rows without conversations', async () => {
    const rollouts = await put(
      'rollouts.jsonl',
      `${JSON.stringify({ prompt_ids: IDS.slice(0, 9), completion_ids: [50, 79, 86, 86, 89, 2] })}\n{"prompt_ids": [1]}\n`,
    );
    const packed = await put(
      'packed.jsonl',
      `${JSON.stringify({ input_ids: [...IDS, ...IDS], position_ids: [...IDS.keys(), ...IDS.keys()], documents: [...IDS, ...IDS].map(() => 1) })}\n`,
    );
    const { code, stdout, stderr } = await lint('--rollouts', rollouts, '--packed', packed, '--json');
    expect(code).toBe(1);
    expect(found(stdout).map(({ lint: id, file, source, tokens }) => [id, file, source, tokens])).toEqual([
      ['packed-documents', 'packed.jsonl', 0, [13, 14]],
      ['retokenisation-drift', 'rollouts.jsonl', 0, [9, 14]],
    ]);
    expect(stderr).toBe(
      'rollouts.jsonl:2: error: completion_ids: the rollout has no completion ids. Write the ids that the sampler recorded as completion_ids, a flat list.\n',
    );
  });

  it('tells on standard error what the witnesses say that is no lint, once for all records', async () => {
    const signed = path.join(folder, 'signed');
    await mkdir(signed);
    await copyFile(path.join(POCKET, 'tokenizer.json'), path.join(signed, 'tokenizer.json'));
    const template =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>SIGNED\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    await writeFile(path.join(signed, 'chat_template.jinja'), template);
    const data = await put('twice.jsonl', `${GOOD}\n${GOOD}\n`);
    const args = [bundle, 'lint', '--tokenizer', signed, '--data', data];
    const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    expect(stderr).toBe(
      'twice.jsonl:1: warning: record 0, message 1: Witnesses disagree: by its fields this turn ends at character 74, ' +
        'by prefix rendering at 81. (The same in 2 records.)\n',
    );
  });

  it('tells of a setting that it cannot read, and ends with 1', async () => {
    const file = await put('sft.json', '{"micro_batch_size": "two"}');
    const { code, stderr } = await lint('--data', 'good.jsonl', '--settings', file);
    expect(stderr).toBe('sft.json:1: error: micro_batch_size: it is "two". Write a whole number above 0.\n');
    expect(code).toBe(1);
  });

  it.each<[string[], string]>([
    [[], 'There is nothing to lint: give --data FILE, or --rollouts, --packed or --settings.'],
    [
      ['--data', 'good.jsonl', '--max-warnings', 'some'],
      '--max-warnings is “some”: give a whole number from 0.',
    ],
    [
      ['--data', 'good.jsonl', '--sequences', 'pairs'],
      '“pairs” is no strategy: “losslight masks --help” lists them.',
    ],
    [['--rollouts', 'none.jsonl'], 'none.jsonl is not there: give --rollouts a file that is.'],
    [
      ['--data', 'good.jsonl', '--settings', 'none.json'],
      'none.json is not there: give --settings a file of settings.',
    ],
    [['--packed', 'losslight.mjs'], 'losslight.mjs is neither JSON nor JSON Lines: '],
  ])('%j ends with 2 and one line', async (args, line) => {
    const { code, stdout, stderr } = await lint(...args);
    expect(stderr).toContain(line);
    expect(stderr.split('\n')).toHaveLength(2);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it('masks --json names the lints of each sequence', async () => {
  const args = [
    bundle,
    'masks',
    '--tokenizer',
    POCKET,
    '--data',
    'mixed.jsonl',
    '--json',
    '--sequences',
    'whole',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  const lints = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { lints: unknown[] }).lints);
  const empty = { lint: 'empty-think-trained', severity: 'warning', message: 1, start: 52, end: 71 };
  const control = {
    lint: 'control-token-in-content',
    severity: 'error',
    message: 0,
    field: 'content',
    start: 21,
    end: 31,
  };
  expect(lints).toEqual([[], [empty], [control], [empty]]);
});
