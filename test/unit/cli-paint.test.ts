/**
 * @file What the command line writes to a terminal: colours beside other marks, and nothing that commands the terminal.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io';
import { pad, painter, visible } from '../../src/cli/paint';
import { shortest } from '../../src/mask/mask-export';
import { run } from '../../src/cli/run';
import { memorySink, memorySource } from '../../src/conversation/stream-import';

/** Runs the command line with a file in memory; the tokenizer's folder is the shipped one. */
async function inMemory(data: string, colour: boolean, ...args: string[]) {
  let out = '';
  const io: Io = {
    version: '0.0.0',
    read: (path) => readFile(path).catch(() => undefined),
    open: (path) => Promise.resolve(memorySource(new TextEncoder().encode(data), path)),
    makeSink: (name) => Promise.resolve(memorySink(name)),
    print: (text) => Promise.resolve(void (out += text)),
    warn: (line) => void (out += `! ${line}\n`),
    colour,
  };
  const code = await run(
    ['masks', '--tokenizer', 'public/models/pocket', '--data', 'data.jsonl', ...args],
    io,
  );
  return { code, out };
}

const record = (content: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content },
    ],
  });

describe('colours', () => {
  it('mark trained tokens bold and underlined, and the line besides', async () => {
    const { code, out } = await inMemory(record('Hello!'), true);
    expect(code).toBe(0);
    expect(out).toContain('▌        1     569  \u001b[1;4;36mHello\u001b[0m');
    expect(out).toContain('         0     293  \u001b[2massistant\u001b[0m');
  });

  it('are absent where they are off, and from JSON always', async () => {
    expect((await inMemory(record('Hello!'), false)).out).not.toContain('\u001b');
    expect((await inMemory(record('Hello!'), true, '--json')).out).not.toContain('\u001b');
    expect(painter(false)('x', 1)).toBe('x');
  });
});

it('never lets data command the terminal', async () => {
  const { out } = await inMemory(record('a\u001b[2Jb\u202ec\u009bd'), false);
  for (const dangerous of ['\u001b', '\u202e', '\u009b']) expect(out).not.toContain(dangerous);
  expect(visible('a\u001b[2J \n\t\u202e\u2028')).toBe('a\\u{1b}[2J·⏎⇥\\u{202e}\\u{2028}');
});

it('writes weights as short as they are told apart', () => {
  expect([0.3, 1, 0, -2.5, 1e-9, 16777217].map((weight) => shortest(Math.fround(weight)))).toEqual([
    0.3, 1, 0, -2.5, 1e-9, 16777216,
  ]);
  expect(shortest(Math.fround(1 / 3))).toBe(0.33333334);
  // Nine digits tell any two numbers of 32 bits apart.
  expect(shortest(Math.fround(-0.105751686))).toBe(-0.105751686);
});

it('pads by code points', () => {
  expect(pad('𝔘', 3)).toBe('𝔘  ');
  expect(pad('ab', 1)).toBe('ab');
  expect(pad('1', 3, 'left')).toBe('  1');
});
