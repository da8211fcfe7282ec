/**
 * @file What a check of a lesson says where it is not met: every one of every shipped lesson, as its card shows it and reads it out.
 * Played as they are told (test/e2e/lessons.test.ts), lessons hardly ever come to that.
 */
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { parseLessonIndex, type LessonReaction } from '../../src/state/lesson';
import { CHOICES, holds, type ChoiceName, type Condition } from '../../src/state/lesson-conditions';
import { parseLesson } from '../../src/state/lesson-format';
import type { ObservedPage } from '../../src/state/lesson-observe';
import { answerOf, type Said } from '../../src/state/lesson-said';
import { citedFigures } from '../../src/state/lesson-text';
import LessonChecks from '../../src/ui/LessonChecks.svelte';

const read = async (file: string) => (await fetch(`/lessons/${file}`)).text();
const index = parseLessonIndex('index.json', await read('index.json'));

/** What a page could show: figures by name, and what is chosen. */
interface Seen {
  figures: ReadonlyMap<string, number>;
  chosen: Readonly<Record<ChoiceName, string>>;
}

/** Figures that a condition asks for, and numbers that they are compared with. */
function askedBy(condition: Condition): { figures: string[]; numbers: number[] } {
  if ('figure' in condition) {
    const { figure, compare, by } = condition;
    const others = compare.map(({ to }) => to);
    return {
      figures: [figure, ...others.filter((to) => typeof to === 'string')],
      numbers: others.map((to) => (typeof to === 'number' ? to : 1) + by),
    };
  }
  if ('choice' in condition) return { figures: [], numbers: [] };
  const inner = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [condition.not];
  const asked = inner.map(askedBy);
  return { figures: asked.flatMap((each) => each.figures), numbers: asked.flatMap((each) => each.numbers) };
}

/** What a page shows where a check was asked and is not met: tried until it is found, always in the same order. */
function whereUnmet({ after, when, unmet }: LessonReaction): Seen {
  const asked = [when, ...(after ? [after] : [])].map(askedBy);
  const figures = [...new Set([...asked.flatMap((each) => each.figures), ...citedFigures(unmet)])];
  const numbers = asked
    .flatMap((each) => each.numbers)
    .flatMap((value) => [value, value + 1, value - 1, value / 2]);
  let state = 1;
  const pick = <T>(list: readonly T[]): T => {
    state = (state * 16_807) % 2_147_483_647;
    return list[state % list.length] ?? expect.fail('nothing to pick from');
  };
  for (let tries = 0; tries < 10_000; tries++) {
    const values = new Map(figures.map((name) => [name, pick([...numbers, 0, 1, 2])] as const));
    const names = Object.keys(CHOICES) as ChoiceName[];
    const chosen = Object.fromEntries(
      names.map((name) => [name, pick<string>(CHOICES[name])]),
    ) as Seen['chosen'];
    const observed = {
      figure: (name: string) => values.get(name),
      choice: (name: ChoiceName) => chosen[name],
    };
    if (after && holds(after, observed) !== true) continue;
    if (holds(when, observed) === false) return { figures: values, chosen };
  }
  return expect.fail(`“${unmet}” can never be said.`);
}

/** The page with what is chosen on it; figures do not come from it here. */
const pageWith = ({ run, strategy, objective, adaptation, overlay }: Seen['chosen']) =>
  ({
    train: { status: run, division: { strategy }, objective: { kind: objective } },
    model: { info: { trained: { adaptation: { kind: adaptation } } } },
    mask: { overlay },
  }) as unknown as ObservedPage;

/** A text with something in the place of each figure. */
function filled(text: string): RegExp {
  const parts = text.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // Never a dash, which stands for what was not measured.
  return new RegExp(`^${parts.join('(?!–)[^{}]+?')}$`);
}

test.each(index)('lesson $id', async ({ id }) => {
  const lesson = parseLesson(`${id}.json`, await read(`${id}.json`));
  const reacting = lesson.steps.filter(({ reacts }) => reacts.length);
  expect(reacting.length).toBeGreaterThan(0);
  for (const { reacts } of reacting) {
    const waiting = reacts.map((reaction): Said =>
      answerOf(pageWith({} as Seen['chosen']), reaction, () => undefined),
    );
    const said = reacts.map((reaction) => {
      const { figures, chosen } = whereUnmet(reaction);
      return answerOf(pageWith(chosen), reaction, (name) => figures.get(name));
    });
    const screen = await render(LessonChecks, { said: waiting, means: false, moving: false });
    await screen.rerender({ said, means: false, moving: false });
    const items = screen.getByRole('list', { name: 'What happened' }).getByRole('listitem').elements();
    expect(items.map(({ className }) => className.split(' ')[0])).toEqual(reacts.map(() => 'unmet'));
    for (const [i, { unmet }] of reacts.entries()) {
      const [sign, text] = [...(items[i]?.children ?? [])].map(({ textContent }) => textContent ?? '');
      expect(sign).toBe('○');
      expect(text).toMatch(filled(unmet));
      expect(screen.getByRole('status').element().textContent).toContain(text);
    }
    await screen.unmount();
  }
});
