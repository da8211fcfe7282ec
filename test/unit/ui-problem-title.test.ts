/**
 * @file What an import's problems are called, and how characters that turn text show in it and in titles.
 */
import { describe, expect, it } from 'vitest';
import { firstWords } from '../../src/conversation/first-words';
import { importFiles } from '../../src/conversation/import';
import { visibleControls } from '../../src/conversation/visible-controls';
import { ProblemList, withoutRecords } from '../../src/state/problem-list.svelte';
import { problemTitle } from '../../src/ui/problem-title';

const GOOD = '{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}]}';
const BAD = '{"messages": [{"role": "robot", "content": "U"}]}';
const ODD =
  '{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "A", "mood": 1}]}';

function title(...texts: readonly string[]): string {
  const files = texts.map((text, i) => ({ name: `${i}.jsonl`, text }));
  const problems = files.flatMap((file) => importFiles([file]).problems);
  const records = files.map((file) => ({ records: importFiles([file]).records }));
  return problemTitle(ProblemList.of(problems, withoutRecords(records)));
}

describe('the title of the problems', () => {
  it.each<[name: string, texts: string[], title: string]>([
    ['an empty file', [''], '0.jsonl left out: the file is empty'],
    ['white space', [' \n'], '0.jsonl left out: the file is empty'],
    ['an empty file beside a good one', [GOOD, ''], '1.jsonl left out: the file is empty'],
    ['two empty files', ['', ''], '2 files left out'],
    ['a record', [BAD], '1 record left out'],
    ['a record and a warning', [`${BAD}\n${ODD}`], '1 record left out, 1 warning'],
    ['a warning', [ODD], '1 warning'],
    [
      'a record, a file and a warning',
      [`${BAD}\n${ODD}`, ''],
      '1 record left out, 1 file left out, 1 warning',
    ],
  ])('%s', (_, texts, expected) => {
    expect(title(...texts)).toBe(expected);
  });

  it('names what would turn a file’s name around', () => {
    const { problems } = importFiles([{ name: 'a\u202Etxt.exe', text: '' }]);
    expect(problemTitle(ProblemList.of(problems, 1))).toBe('a⟨U+202E⟩txt.exe left out: the file is empty');
  });
});

describe('characters that turn text', () => {
  it('are named by code point; those of a script, joiners and white space stay', () => {
    expect(visibleControls('\u202Elive\u202C \u2066a\u2069\u0007')).toBe(
      '⟨U+202E⟩live⟨U+202C⟩ ⟨U+2066⟩a⟨U+2069⟩⟨U+0007⟩',
    );
    const plain = 'שלום\u200F! 👩\u200D🔬 a\tb\nc';
    expect(visibleControls(plain)).toBe(plain);
  });

  it('are named in a conversation’s title, and never cut in two', () => {
    const of = (content: string) => firstWords({ messages: [{ role: 'user', content }] });
    expect(of('\u202Elive')).toBe('⟨U+202E⟩live');
    expect(of(`${'a'.repeat(119)}\u202Eb`)).toBe(`${'a'.repeat(119)}⟨U+202E⟩`);
  });
});
