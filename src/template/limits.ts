/**
 * @file What a chat template may use. A template is somebody else's program: it can loop, recurse, or write for ever, and
 * `@huggingface/jinja` has no limits of its own. All that its interpreter does is counted (interpreter.ts); what runs as one
 * call of the library (`replace`, `join`, `tojson`, `range`) is measured before it begins (growth.ts).
 */
import type { Message, ToolSchema } from '../conversation/types';
import { LosslightError } from '../errors';

/** Code of the error where a template goes beyond a limit. */
export const TEMPLATE_LIMIT = 'template-limit';

/** Characters of the longest template that is read; the longest known ones have about 30,000. */
const LONGEST_SOURCE = 1_000_000;
/** Bound of the sum of squares of runs of white space: the library's lexer takes time in proportion to it. */
const MOST_WHITE_SPACE = 5e7;
/** Nested evaluations. Each takes a few stack frames of some ten thousand that there are. */
export const DEEPEST = 800;
/** Python's sandbox refuses longer ranges too (`MAX_RANGE` of Jinja). */
const LONGEST_RANGE = 100_000;
/** Steps that every template may take, however slow the machine is at that moment. */
const FREE_STEPS = 100_000;
/** Steps between two looks at the clock. */
const CLOCK_STEPS = 500;

/** What one conversation may cost, over all of its renderings. */
export class RenderBudget {
  // The first step looks at the clock: time begins with it.
  #steps = -CLOCK_STEPS;
  #sinceClock = CLOCK_STEPS;
  #begun: number | undefined;

  /**
   * @param milliseconds time that templates may take
   * @param size characters and list entries that one value may hold, the text that comes out included
   */
  constructor(
    readonly milliseconds: number,
    readonly size: number,
  ) {}

  /** A budget by what there is to render: 0.6 s and 1,000,000 characters, and more for long conversations. */
  static for(messages: readonly Message[], tools: readonly ToolSchema[] = []): RenderBudget {
    const characters = JSON.stringify([messages, tools]).length;
    return new RenderBudget(
      600 + 5 * messages.length + characters / 100,
      Math.max(1_000_000, 8 * characters),
    );
  }

  /** @throws LosslightError `template-limit` where time is up. */
  spend(steps: number): void {
    this.#sinceClock += steps;
    if (this.#sinceClock >= CLOCK_STEPS) this.#look();
  }

  #look(): void {
    this.#steps += this.#sinceClock;
    this.#sinceClock = 0;
    this.#begun ??= Date.now();
    if (this.#steps > FREE_STEPS && Date.now() - this.#begun > this.milliseconds) {
      throw tooMuch(`took longer than ${(this.milliseconds / 1000).toFixed(1)} s`);
    }
  }

  /** @throws LosslightError `template-limit` for a value of that size. */
  hold(size: number): void {
    if (size > this.size) throw tooMuch(`makes a text or list of more than ${count(this.size)} characters`);
  }
}

/** @throws LosslightError `template-limit` where a source cannot be read in reasonable time. */
export function checkSource(source: string): void {
  if (source.length > LONGEST_SOURCE) {
    throw tooMuch(`has ${count(source.length)} characters; at most ${count(LONGEST_SOURCE)} are read`);
  }
  let white = 0;
  for (const [run] of source.matchAll(/\s+/g)) white += run.length ** 2;
  if (white > MOST_WHITE_SPACE) throw tooMuch('has too many spaces or line breaks in a row to be read');
}

/** Offset of what `checkSource` refuses a source for: the longest run of white space, or where it becomes too long. */
export function placeOfExcess(source: string): number {
  if (source.length > LONGEST_SOURCE) return LONGEST_SOURCE;
  let longest = { index: 0, length: 0 };
  for (const { index, 0: run } of source.matchAll(/\s+/g))
    if (run.length > longest.length) longest = { index, length: run.length };
  return longest.index;
}

/** `range(…)` as in Python's sandbox, as a list. */
export function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (![from, to, step].every(Number.isInteger)) throw new Error('range() takes whole numbers');
  if (step === 0) throw new Error('range() step must not be zero');
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > LONGEST_RANGE) throw tooMuch(`asks for a range of more than ${count(LONGEST_RANGE)} numbers`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/** The error that stops a template, of which `what` says what it does. */
export function tooMuch(what: string): LosslightError {
  return new LosslightError(
    TEMPLATE_LIMIT,
    `The chat template was stopped: it ${what}.`,
    'Use the model’s own chat_template, or correct the loop or macro that grows without end.',
  );
}

/** Whether an error says that a limit was reached, so that trying again in another way is no use. */
export const isTemplateLimit = (error: unknown): error is LosslightError =>
  error instanceof LosslightError && error.code === TEMPLATE_LIMIT;

const count = (number: number): string => Math.round(number).toLocaleString('en');
