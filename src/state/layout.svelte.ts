/**
 * @file How the page is laid out: which panels are folded, how wide the columns beside the work are, and, where the
 * page is too narrow for more than one panel, which one is shown.
 */
import { keptFields } from './kept-fields';

/** The five steps in their natural order; each is the id of its panel and its address after `#`. */
export const STEPS = ['model', 'data', 'mask', 'train', 'compare'] as const;
export type Step = (typeof STEPS)[number];

/** Columns that can be made wider: beside the work on the left, and an open lesson on the right. */
export type Column = 'side' | 'lesson';

/** Pixels at the usual size of type. The most still leaves a strip of some forty characters at 1024 px. */
export const WIDTHS: Readonly<Record<Column, { min: number; max: number; usual: number }>> = {
  side: { min: 220, max: 480, usual: 296 },
  lesson: { min: 240, max: 560, usual: 320 },
};

/** Pixels that the strip of tokens is high at most, where somebody has said so; else it goes by the window. */
export const STRIP_HEIGHT = { min: 120, max: 2000 } as const;

/** Up to here panels are steps, one at a time. Equal to the width in the style sheets' narrow rules. */
export const NARROW = '(max-width: 600px)';
/** From here on model and data stand beside the work. Equal to the width in the style sheet of the page. */
export const SIDE_BY_SIDE = '(min-width: 900px)';

const KEY = 'losslight.layout';

/** What is kept over visits. */
interface Kept {
  folded?: string[];
  widths?: Partial<Record<Column, number>>;
  strip?: number | undefined;
  /** True where single keys work from anywhere on the page. */
  keys?: boolean;
}

export class LayoutState {
  #folded = $state.raw<ReadonlySet<string>>(new Set());
  #widths = $state.raw<Readonly<Record<Column, number>>>({
    side: WIDTHS.side.usual,
    lesson: WIDTHS.lesson.usual,
  });
  #strip = $state<number | undefined>();
  #narrow = $state(false);
  #step = $state<Step>('data');
  #keys = $state(true);

  /**
   * @param storage keeps folds and widths over visits; undefined keeps them while the page is open
   * @param query tells whether the page is narrow, and when that changes
   */
  constructor(
    private readonly storage?: Pick<Storage, 'getItem' | 'setItem'>,
    query: Pick<MediaQueryList, 'matches' | 'addEventListener'> = matchMedia(NARROW),
  ) {
    this.#narrow = query.matches;
    query.addEventListener('change', () => (this.#narrow = query.matches));
    const kept = readKept(this.storage?.getItem(KEY));
    this.#folded = new Set(kept.folded);
    this.#widths = {
      side: clamp('side', kept.widths?.side),
      lesson: clamp('lesson', kept.widths?.lesson),
    };
    this.#strip = stripHeight(kept.strip);
    this.#keys = kept.keys ?? true;
  }

  /** True where one step is shown at a time. */
  get narrow() {
    return this.#narrow;
  }
  /** The step that a narrow page shows. */
  get step() {
    return this.#step;
  }
  /** True where single keys, such as `?`, work from anywhere outside fields. */
  get keys() {
    return this.#keys;
  }
  set keys(on: boolean) {
    this.#keys = on;
    this.#keep();
  }

  isFolded(panel: string): boolean {
    return this.#folded.has(panel);
  }

  /** Folds a panel to its heading, or unfolds it. */
  fold(panel: string, folded: boolean): void {
    const next = new Set(this.#folded);
    if (folded) next.add(panel);
    else next.delete(panel);
    this.#folded = next;
    this.#keep();
  }

  /** Pixels. */
  width(column: Column): number {
    return this.#widths[column];
  }

  /** Makes a column that wide, within its limits. */
  resize(column: Column, pixels: number): void {
    this.#widths = { ...this.#widths, [column]: clamp(column, pixels) };
    this.#keep();
  }

  /** Pixels that the strip is high at most; undefined where that goes by the window. */
  get strip() {
    return this.#strip;
  }

  /** Makes the strip that high at most, within limits; undefined lets it go by the window again. */
  resizeStrip(pixels: number | undefined): void {
    this.#strip = stripHeight(pixels);
    this.#keep();
  }

  /** True where a panel that belongs to that step is not on the page now. */
  isAway(step: Step): boolean {
    return this.#narrow && this.#step !== step;
  }

  /** Brings a step to where it can be seen: unfolded, and on a narrow page in place of the one before. */
  show(step: Step): void {
    this.#step = step;
    if (this.#folded.has(step)) this.fold(step, false);
  }

  /** A step in which somebody works: it is the one that is shown should the page become narrow. */
  enter(step: Step): void {
    if (!this.#narrow) this.#step = step;
  }

  /** Follows an address's `#step`; false where it names none. */
  follow(hash: string): boolean {
    const step = STEPS.find((name) => `#${name}` === hash);
    if (step) this.show(step);
    return step !== undefined;
  }

  #keep(): void {
    const kept: Kept = {
      folded: [...this.#folded],
      widths: this.#widths,
      strip: this.#strip,
      keys: this.#keys,
    };
    try {
      this.storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A full storage loses the layout of the next visit, and nothing else.
    }
  }
}

function clamp(column: Column, pixels: number | undefined): number {
  const { min, max, usual } = WIDTHS[column];
  return pixels === undefined || !Number.isFinite(pixels)
    ? usual
    : Math.round(Math.min(max, Math.max(min, pixels)));
}

function stripHeight(pixels: number | undefined): number | undefined {
  if (pixels === undefined || !Number.isFinite(pixels)) return undefined;
  return Math.round(Math.min(STRIP_HEIGHT.max, Math.max(STRIP_HEIGHT.min, pixels)));
}

/** What was kept, as far as it is what this file writes. */
function readKept(text: string | null | undefined): Kept {
  const { folded, widths, strip, keys } = keptFields(text);
  const numbers = typeof widths === 'object' && widths !== null ? (widths as Record<string, unknown>) : {};
  const pixels = (column: Column) => {
    const width = numbers[column];
    return typeof width === 'number' ? { [column]: width } : {};
  };
  return {
    folded: Array.isArray(folded) ? folded.filter((id): id is string => typeof id === 'string') : [],
    widths: { ...pixels('side'), ...pixels('lesson') },
    ...(typeof strip === 'number' && { strip }),
    ...(typeof keys === 'boolean' && { keys }),
  };
}
