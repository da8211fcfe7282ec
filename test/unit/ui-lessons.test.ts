/**
 * @file The shipped lessons are well-formed and short; a lesson with a mistake is refused by field.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importFiles } from '../../src/conversation/import';
import { Inspector } from '../../src/sequence/inspector';
import { parseLesson, parseLessonIndex } from '../../src/state/lesson';

const read = (path: string) => readFileSync(new URL(`../../public/${path}`, import.meta.url), 'utf8');
const index = parseLessonIndex('index.json', read('lessons/index.json'));
const inspector = new Inspector(
  read('models/pocket/tokenizer.json'),
  read('models/pocket/tokenizer_config.json'),
);

test('three lessons, the first of them the thread’s own question', () => {
  expect(index.map(({ id }) => id)).toEqual(['thread', 'end-of-turn', 'weights']);
});

describe.each(index)('lesson $id', ({ id, title, minutes }) => {
  const lesson = parseLesson(`${id}.json`, read(`lessons/${id}.json`));

  test('agrees with the index', () => expect(lesson).toMatchObject({ id, title, minutes }));

  test('its conversations import without a problem and have trained tokens within the longest sequence', () => {
    const text =
      typeof lesson.conversations === 'string' ? lesson.conversations : JSON.stringify(lesson.conversations);
    const { conversations, problems } = importFiles([{ name: `${id}.json`, text }]);
    expect(problems).toEqual([]);
    expect(conversations.length).toBeGreaterThan(1);
    const made = inspector.sequences(conversations, lesson.policy, lesson.settings.maxLength ?? 512);
    expect(made.problems).toEqual([]);
    expect(made.sequences.length).toBe(conversations.length);
    const whole = inspector.sequences(conversations, lesson.policy, 2 ** 20);
    expect(made.sequences.map(({ ids }) => ids.length)).toEqual(whole.sequences.map(({ ids }) => ids.length));
  });
});

describe('a lesson with a mistake', () => {
  const good = JSON.parse(read('lessons/weights.json')) as Record<string, unknown>;
  const broken = (change: Record<string, unknown>) => () =>
    parseLesson('x.json', JSON.stringify({ ...good, ...change }));
  test.each([
    [{ id: '../secret' }, 'id'],
    [{ title: '' }, 'title'],
    [{ minutes: 0 }, 'minutes'],
    [{ paragraphs: [] }, 'paragraphs'],
    [{ paragraphs: [3] }, 'paragraphs[0]'],
    [{ lookAt: 'no' }, 'lookAt'],
    [{ conversations: 3 }, 'conversations'],
    [{ policy: { thnk: { train: true } } }, 'policy.thnk'],
    [{ policy: { think: { train: 1 } } }, 'policy.think.train'],
    [{ policy: { think: { weight: '1' } } }, 'policy.think.weight'],
    [{ settings: { step: 3 } }, 'settings.step'],
    [{ settings: { steps: '3' } }, 'settings.steps'],
    [{ settings: { steps: 0 } }, 'settings.steps'],
  ])('%j names the field', (change, field) => {
    expect(broken(change)).toThrow(
      expect.objectContaining({ code: 'bad-lesson', message: expect.stringContaining(`“${field}”`) }),
    );
  });
  test('text that is not JSON is refused', () => {
    expect(() => parseLesson('x.json', '{')).toThrow(expect.objectContaining({ code: 'bad-lesson' }));
    expect(() => parseLessonIndex('index.json', '{}')).toThrow(
      expect.objectContaining({ code: 'bad-lesson' }),
    );
  });
});
