/**
 * @file The command that writes practice data: the same records as the module, and clear refusals.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { composeAll } from '../../src/conversation/practice/compose';

const run = promisify(execFile);
const practice = (...args: string[]) => run(process.execPath, ['tools/practice.mjs', ...args]);

describe('tools/practice.mjs', () => {
  it('writes one OpenAI record a line, from any start', async () => {
    const { stdout } = await practice('--seed', '3', '--count', '4', '--start', '2', '--with-tools', '1');
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { [key: string]: unknown });
    const wanted = composeAll(6, { seed: 3, withTools: 1 }).slice(2);
    expect(records).toHaveLength(4);
    records.forEach((record, i) => {
      const conversation = wanted[i];
      expect(record.expected).toEqual(conversation?.extra.expected);
      expect(record.tools).toEqual(conversation?.tools);
      const messages = record.messages as {
        content: string;
        tool_calls?: { function: { arguments: unknown } }[];
      }[];
      expect(messages.map((message) => message.content)).toEqual(
        conversation?.messages.map((m) => m.content),
      );
      expect(messages.flatMap((m) => m.tool_calls ?? []).map((call) => call.function.arguments)).toEqual(
        conversation?.messages.flatMap((m) => m.toolCalls ?? []).map((call) => call.arguments),
      );
    });
  });

  it('takes a split, tools and turns', async () => {
    const { stdout } = await practice(
      ...[
        '--seed',
        '3',
        '--count',
        '6',
        '--split',
        'held-out-entities',
        '--tools',
        'set_timer, calculate',
        '--turns',
        '1',
      ],
    );
    const lines = stdout.trimEnd().split('\n');
    const wanted = composeAll(6, {
      seed: 3,
      split: 'held-out-entities',
      tools: ['set_timer', 'calculate'],
      turns: 1,
    });
    expect(lines.map((line) => (JSON.parse(line) as { expected: unknown }).expected)).toEqual(
      wanted.map(({ extra }) => extra.expected),
    );
  });

  it('shows the right behaviour alone with --right', async () => {
    const { stdout } = await practice('--seed', '3', '--count', '20', '--contested', '1', '--right');
    const wanted = composeAll(20, { seed: 3, contested: 1, contestedShown: 'right' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { expected: unknown }).expected)).toEqual(
      wanted.map(({ extra }) => extra.expected),
    );
  });

  it('writes to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'practice-'));
    try {
      const file = join(folder, 'out.jsonl');
      await practice('--seed', '3', '--count', '25', '--out', file);
      expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(25);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('lists its options', async () => {
    const { stdout } = await practice('--help');
    for (const flag of ['--seed N', '--contested SHARE', '--right', '--made SHARE'])
      expect(stdout).toContain(`  ${flag} `);
  });

  it.each([
    [['--seed', '1'], 'Give --seed and --count; --help lists all options.'],
    [['--sede', '1'], "Unknown option '--sede': “npm run practice -- --help” lists the options."],
    [['--seed', 'x', '--count', '1'], '--seed must be a whole number from 0 to 2147483647, not “x”.'],
    [
      ['--seed', '1', '--count', '1', '--contested', '2'],
      '--contested must be a number from 0 to 1, not “2”.',
    ],
    [
      ['--seed', '1', '--count', '1', '--split', 'all'],
      '“split” must be one of train, held-out-entities, held-out-phrasings, held-out-tools, not “all”.',
    ],
  ])('refuses %j', async (args, message) => {
    const failure = await practice(...args).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error,
    );
    expect(failure?.code).toBe(1);
    expect(failure?.stderr.trim()).toBe(message);
  });
});
