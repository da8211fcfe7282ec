/**
 * @file Every shipped lesson is valid, its conversations import, all of its steps can be reached with texts that fill; and a lesson
 * with a mistake is refused by file, step and field.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importFiles } from '../../src/conversation/import';
import type { LosslightError } from '../../src/errors';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import { parseLessonIndex, type LessonSetup } from '../../src/state/lesson';
import { layered } from '../../src/state/lesson-apply';
import { isLesson, parseLesson } from '../../src/state/lesson-format';
import { PART_NAMES } from '../../src/state/lesson-parts';
import { fillFigures, parseBlocks } from '../../src/state/lesson-text';

const read = (path: string) => readFileSync(new URL(`../../public/${path}`, import.meta.url), 'utf8');
const index = parseLessonIndex('index.json', read('lessons/index.json'));
const inspector = new Inspector(
  read('models/pocket/tokenizer.json'),
  read('models/pocket/tokenizer_config.json'),
);

test('the lessons begin with what a mask is and the thread’s own question, and no two have one id', () => {
  expect(index.slice(0, 2).map(({ id }) => id)).toEqual(['loss-mask', 'thread']);
  expect(new Set(index.map(({ id }) => id)).size).toBe(index.length);
  expect(index.length).toBeGreaterThanOrEqual(7);
});

describe.each(index)('lesson $id', ({ id, ...summary }) => {
  const lesson = parseLesson(`${id}.json`, read(`lessons/${id}.json`));

  test('agrees with the index', () => expect(lesson).toMatchObject({ id, ...summary }));

  test('has three to eight steps, and what it says has no placeholder left and some text in every block', () => {
    expect(lesson.steps.length).toBeGreaterThanOrEqual(3);
    expect(lesson.steps.length).toBeLessThanOrEqual(8);
    for (const { text, reacts } of lesson.steps) {
      const said = reacts.flatMap(({ met, unmet, waiting = 'Not yet.' }) => [met, unmet, waiting]);
      for (const part of [text, ...said]) {
        expect(fillFigures(part, () => 1)).not.toMatch(/\{[a-z]/);
        expect(parseBlocks(part).length).toBeGreaterThan(0);
      }
    }
  });

  test('links to lessons that exist', () => {
    const texts = lesson.steps.map(({ text }) => text).join('\n');
    const linked = [...texts.matchAll(/\?lesson=([a-z0-9-]+)/g)].map(([, other]) => other);
    // Lessons of the next session are listed when they are written.
    const known = [...index.map((other) => other.id), 'when-to-call-reward'];
    expect(linked.filter((other) => !known.includes(other ?? ''))).toEqual([]);
  });

  test('at each step its conversations import without a problem, and something is trained within the longest sequence', () => {
    const { start, steps } = lesson;
    for (let step = 0; step < steps.length; step++) {
      const set = layered([start, ...steps.slice(0, step + 1).map(({ sets = {} }) => sets)]);
      expectTrainable(set, id);
    }
  });
});

function expectTrainable({ conversations, policy, settings }: LessonSetup, id: string): void {
  if (!conversations || conversations.kind === 'practice') return;
  const text = conversations.kind === 'text' ? conversations.text : JSON.stringify(conversations.records);
  const { conversations: read, problems } = importFiles([{ name: `${id}.json`, text }]);
  expect(problems).toEqual([]);
  expect(read.length).toBeGreaterThan(1);
  const mask = policy ?? DEFAULT_POLICY;
  const cut = inspector.sequences(read, mask, settings?.maxLength ?? 512);
  const whole = inspector.sequences(read, mask, 2 ** 20);
  expect(cut.sequences.length).toBeGreaterThan(1);
  expect(cut.sequences.map(({ ids }) => ids.length)).toEqual(whole.sequences.map(({ ids }) => ids.length));
}

const ON = { train: true, weight: 1 };

const SMALL = {
  losslightLesson: 1,
  id: 'small',
  title: 'Small',
  minutes: 1,
  summary: 'A small lesson.',
  start: { conversations: [{ messages: [{ role: 'user', content: 'Hi' }] }] },
  steps: [
    { id: 'one', title: 'One', text: 'Of {tokens} tokens {trained} are trained.', target: 'mask.strip' },
    {
      title: 'Two',
      text: 'Before: {one:loss.last}.',
      actions: [{ do: 'train', steps: 3 }],
      reacts: [{ when: { figure: 'loss.last', below: 'one:loss.last' }, met: 'Yes.', unmet: 'No.' }],
    },
  ],
};

describe('a lesson with a mistake', () => {
  const [first, second] = SMALL.steps;
  const step = (change: object) => ({ steps: [{ ...first, ...change }] });
  const later = (change: object) => ({ steps: [first, { ...second, ...change }] });
  const start = (change: object) => ({ start: { ...SMALL.start, ...change } });
  const broken = (change: object) => () => parseLesson('x.json', JSON.stringify({ ...SMALL, ...change }));

  test('the same without a mistake is read', () => {
    expect(parseLesson('x.json', JSON.stringify(SMALL)).steps).toHaveLength(2);
  });

  test.each([
    [{ losslightLesson: undefined }, 'losslightLesson'],
    [{ losslightLesson: 2 }, 'losslightLesson'],
    [{ id: '../secret' }, 'id'],
    [{ title: '' }, 'title'],
    [{ minutes: 0 }, 'minutes'],
    [{ colour: 'red' }, 'colour'],
    [{ shows: ['mask'], hides: ['train'] }, 'hides'],
    [{ shows: ['masks'] }, 'shows[0]'],
    [{ shows: ['train'] }, 'steps[0].target'],
    [{ steps: [] }, 'steps'],
    [start({ conversations: undefined }), 'start.conversations'],
    [start({ conversations: 3 }), 'start.conversations'],
    [start({ conversations: { practice: { count: 0 } } }), 'start.conversations.practice.count'],
    [start({ policy: { thnk: ON } }), 'start.policy'],
    [start({ policy: { think: { train: 1 } } }), 'start.policy'],
    [start({ settings: { step: 3 } }), 'start.settings.step'],
    [start({ settings: { steps: '3' } }), 'start.settings.steps'],
    [start({ settings: { steps: 0 } }), 'start.settings.steps'],
    [start({ settings: { schedule: 'round' } }), 'start.settings.schedule'],
    [start({ strategy: 'forks' }), 'start.strategy'],
    [start({ objective: { kind: 'ppo' } }), 'start.objective.kind'],
    [start({ objective: { groupSize: 1.5 } }), 'start.objective.groupSize'],
    [start({ rewards: [{ id: 'own' }] }), 'start.rewards[0].id'],
    [start({ rewards: [{ id: 'nothing' }] }), 'start.rewards'],
    [start({ adaptation: { kind: 'lora', rank: 0 } }), 'start.adaptation.rank'],
    [start({ overlay: 'rainbow' }), 'start.overlay'],
    [start({ report: { source: 'moon' } }), 'start.report.source'],
    [start({ weights: 'new' }), 'start.weights'],
    [step({ text: 'See {nothing}.' }), 'steps[0].text'],
    [step({ text: 'See {two:loss.last}.' }), 'steps[0].text'],
    [step({ text: '[x](javascript:void)' }), 'steps[0].text'],
    [step({ text: '[x](http://example.org)' }), 'steps[0].text'],
    [step({ target: 'moon' }), 'steps[0].target'],
    [later({ id: 'one' }), 'steps[1].id'],
    [later({ actions: [{ do: 'fly' }] }), 'steps[1].actions[0].do'],
    [later({ actions: [{ do: 'train', steps: 0 }] }), 'steps[1].actions[0].steps'],
    [later({ actions: [{ do: 'write' }] }), 'steps[1].actions[0].message'],
    [later({ actions: [{ do: 'set', sets: {} }] }), 'steps[1].actions[0].label'],
    [later({ reacts: [{ when: {}, met: 'a', unmet: 'b' }] }), 'steps[1].reacts[0].when'],
    [
      later({ reacts: [{ when: { figure: 'loss' }, met: 'a', unmet: 'b' }] }),
      'steps[1].reacts[0].when.figure',
    ],
    [later({ reacts: [{ when: { figure: 'loss.last' }, met: 'a', unmet: 'b' }] }), 'steps[1].reacts[0].when'],
    [
      later({ reacts: [{ when: { choice: 'run', is: 'over' }, met: 'a', unmet: 'b' }] }),
      'steps[1].reacts[0].when.is',
    ],
    [later({ reacts: [{ when: { figure: 'tokens', above: 1 }, met: 'a' }] }), 'steps[1].reacts[0].unmet'],
  ])('%j names file, step and field', (change, field) => {
    const step = /^steps\[(\d)\]/.exec(field)?.[1];
    expect(broken(change)).toThrow(
      expect.objectContaining({
        code: 'bad-lesson',
        message: expect.stringMatching(new RegExp(`^x\\.json: ${step ? `step ${Number(step) + 1}, ` : ''}“`)),
        remedy: expect.stringMatching(/Then open x\.json again\.$/),
      }),
    );
    expect(broken(change)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`“${field}”`) }),
    );
  });

  test('all mistakes are told at once, each with its line and remedy; what follows from one is not', () => {
    const change = {
      ...SMALL,
      minutes: 'ten',
      steps: [
        { ...first, id: 'One', target: 5, txt: 'x' },
        { ...second, text: 'Before: {One:loss.last}, {probabilty.end.tuned}.', reacts: 5 },
      ],
    };
    expect(() => parseLesson('x.json', JSON.stringify(change, null, 1))).toThrow(
      expect.objectContaining({
        code: 'bad-lesson',
        message: [
          'x.json has 6 mistakes:',
          '1. “minutes” must be a number above 0 (line 5). Correct “minutes”.',
          '2. Step 1, “steps[0].txt”, is not a known field (line 25). Did you mean “text”?',
          '3. Step 1, “steps[0].id”, may hold only small letters, digits and dashes (line 21). Correct “steps[0].id”.',
          `4. Step 1, “steps[0].target”, is 5 (line 24). Use one of ${PART_NAMES.join(', ')}.`,
          '5. Step 2, “steps[1].text”, cites “{probabilty.end.tuned}”, which is no figure (line 29). ' +
            'Did you mean “probability.end.tuned”?',
          '6. Step 2, “steps[1].reacts”, must be a list (line 36). Correct “steps[1].reacts”.',
        ].join('\n'),
        remedy: 'Correct them. Then open x.json again.',
      }),
    );
  });

  test('a wrong part is answered with those that are near, or with those of its panel', () => {
    const fix = (target: unknown) => {
      try {
        broken(step({ target }))();
      } catch (error) {
        return (error as LosslightError).remedy.replace(' Then open x.json again.', '');
      }
      return expect.fail('It was read.');
    };
    expect(fix('strip')).toBe('Did you mean “mask.strip” or “sequences.strips”?');
    expect(fix('data.legend')).toBe('Did you mean “mask.legend”?');
    expect(fix('mask.moonlight')).toBe(
      `Use one of ${PART_NAMES.filter((name) => name.startsWith('mask.')).join(', ')}.`,
    );
    expect(fix('moon')).toBe(`Use one of ${PART_NAMES.join(', ')}.`);
  });

  test('a long list of names is told once', () => {
    const steps = ['moon', 'sun', 'start', 'earth'].map((target) => ({ ...first, id: undefined, target }));
    const list = PART_NAMES.join(', ');
    expect(broken({ steps })).toThrow(
      expect.objectContaining({
        message: [
          'x.json has 4 mistakes:',
          `1. Step 1, “steps[0].target”, is "moon" (line 1). Use one of ${list}.`,
          '2. Step 2, “steps[1].target”, is "sun" (line 1). Use one of the names under 1.',
          '3. Step 3, “steps[2].target”, is "start" (line 1). Did you mean “train.start”?',
          '4. Step 4, “steps[3].target”, is "earth" (line 1). Use one of the names under 1.',
        ].join('\n'),
      }),
    );
  });

  test('of many mistakes the first ten are told, and how many more there are', () => {
    const steps = Array.from({ length: 14 }, () => ({ ...first, id: undefined, title: '' }));
    expect(broken({ steps })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^x\.json has 14 mistakes:\n1\. (.|\n)+\n10\. .+\nAnd 4 more\.$/),
      }),
    );
  });

  test.each([
    ['probabilty.end.tuned', 'Did you mean “probability.end.tuned”?'],
    ['loss.frist', 'Did you mean “loss.first”?'],
    [
      'probability.all',
      'Use probability.KIND.MODEL, with KIND one of system, tools, user, header, think, call, answer, result, end, scaffold; ' +
        'MODEL one of base, tuned.',
    ],
    ['temperature.now.please', /^Figures begin with one of conversations, tokens, trained, /],
  ])('the figure “%s”, which there is not, is answered with what there is', (name, remedy) => {
    const wrong = step({ text: `See {${name}}.` });
    const end = ' Then open x.json again.';
    expect(broken(wrong)).toThrow(
      expect.objectContaining({
        remedy: typeof remedy === 'string' ? remedy + end : expect.stringMatching(remedy),
      }),
    );
  });

  test.each([
    ['{\n"id": 1,\n}', 'expected a key in double quotes, found } (line 3).'],
    ['{\n"id": 1,\n\n"minutes": ten\n}', 'expected a JSON value, found t (line 4).'],
    ['{\n"id": 1\n"minutes": 10\n}', 'expected a comma or } in an object, found " (line 3).'],
    ['{\n"id": 1\n}\n\n]', 'something stands behind its end (line 5).'],
  ])('text that is not JSON is refused with its line: %j', (text, said) => {
    expect(() => parseLesson('x.json', text)).toThrow(
      expect.objectContaining({ code: 'bad-lesson', message: `x.json is not valid JSON: ${said}` }),
    );
  });

  test('an index that is no list is refused', () => {
    expect(() => parseLessonIndex('index.json', '{}')).toThrow(
      expect.objectContaining({ code: 'bad-lesson' }),
    );
  });

  test('a condition that is nested without end is refused', () => {
    const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ not: inner }), {
      figure: 'tokens',
      above: 1,
    });
    expect(broken(later({ reacts: [{ when: deep, met: 'a', unmet: 'b' }] }))).toThrow(
      expect.objectContaining({ code: 'bad-lesson' }),
    );
  });
});

test('a lesson is told from conversations and policies by its first field', () => {
  expect(isLesson(JSON.stringify(SMALL))).toBe(true);
  expect(isLesson('{"losslightLesson": 1, oops')).toBe(true);
  expect(isLesson('[{"messages": [{"role": "user", "content": "\\"losslightLesson\\""}]}]')).toBe(false);
  expect(isLesson('{"think": {"train": true}}')).toBe(false);
});
