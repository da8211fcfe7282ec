/**
 * @file Which variant of the matrix product, and of attention, a device gets for which sizes: measured once for each class
 * of sizes, and kept, so that the next visit to the same device need not measure.
 */
import type { Plan } from '../plan/builder';
import type { AttentionSizes, WgslTarget } from '../plan/operation';
import { Turns } from '../plan/turns';
import type { PlanTuner } from '../plan/wgsl-executor';
import type { TensorDevice } from '../tensor/device';
import { formName, type ProductForm, type ProductSizes } from './matmul-variant';
import { variantsFor } from './matmul-wgsl';
import type { Measurement } from './measure';
import { ATTENTION_VARIANTS, measureAttention } from './measure-attention';
import { measureProduct } from './measure-product';

/** Sizes beyond this are measured at this: what is fastest there is fastest beyond. */
const LARGEST = 512;
/** Milliseconds that a tuner measures for in its life; what is left then gets a guess. */
const PATIENCE = 3000;

/** Tokens beyond this are measured at this. */
const MOST_TOKENS = 256;

/**
 * Choices by class of sizes, as they are kept: `NT 7 8 5` is a product of about 128 × 256 × 32, and `attention 9 4:2 64` is
 * over about 512 tokens with 4 heads of 64, 2 of them with keys.
 */
export type KernelChoices = Record<string, string>;

/** The class of a product: its form, and its sizes to the nearest power of two. Remainders of four matter to vectors. */
function classOf({ m, n, k }: ProductSizes, form: ProductForm): string {
  const size = (value: number) => `${Math.round(Math.log2(value))}${value % 4 === 0 ? '' : '*'}`;
  return `${formName(form)} ${size(m)} ${size(n)} ${size(k)}`;
}

function classOfAttention({ tokens, heads, keyValueHeads, headSize }: AttentionSizes): string {
  return `attention ${Math.round(Math.log2(tokens))} ${heads}:${keyValueHeads} ${headSize}`;
}

/** A class that nothing was chosen for. */
interface Missing {
  /** Floating-point operations of the class in the plan. */
  work: number;
  measure(): Promise<Measurement[]>;
}

export interface TunerOptions {
  /** Milliseconds to measure for, all in all. */
  patience?: number;
  /** Gets all choices after more of them were measured. */
  onChoices?: (choices: Readonly<KernelChoices>) => void;
}

/** Choices for one device, filled by measuring before a plan is compiled. */
export class KernelTuner implements PlanTuner {
  /** Classes that something was compiled for by a guess: another choice later would change the bits. */
  readonly #guessed = new Set<string>();
  #patience: number;
  /** Plans that are compiled side by side must not measure the same, nor disturb each other. */
  readonly #turns = new Turns();

  /** @param choices measured before on the same device; a name that no variant has counts as a guess */
  constructor(
    readonly target: TensorDevice,
    readonly choices: KernelChoices = {},
    readonly options: TunerOptions = {},
  ) {
    this.#patience = options.patience ?? PATIENCE;
  }

  readonly productVariant = (sizes: ProductSizes, form: ProductForm): string | undefined =>
    this.choices[classOf(sizes, form)];

  readonly tilesAttention = (sizes: AttentionSizes): boolean | undefined => {
    const choice = this.choices[classOfAttention(sizes)];
    return choice === undefined ? undefined : choice === ATTENTION_VARIANTS.tiled;
  };

  /**
   * Measures every class of operations in a plan that was not measured before, those with the most work first, until
   * patience is over.
   *
   * @param options what kernels are made for; the plan is only read
   * @param onProgress gets the classes measured so far and all that are to be
   */
  tune(plan: Plan, options: WgslTarget, onProgress?: (done: number, total: number) => void): Promise<void> {
    return this.#turns.take(() => this.#tune(plan, options, onProgress));
  }

  async #tune(
    plan: Plan,
    options: WgslTarget,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const missing = [...this.#missing(plan, options)].sort(([, a], [, b]) => b.work - a.work);
    if (missing.length === 0) return;
    onProgress?.(0, missing.length);
    let measuredAny = false;
    for (const [i, [key, { measure }]] of missing.entries()) {
      if (this.#patience > 0) {
        const start = performance.now();
        const [best] = await measure();
        this.#patience -= performance.now() - start;
        if (best?.milliseconds !== undefined) {
          this.choices[key] = best.variant;
          measuredAny = true;
        }
      }
      if (!(key in this.choices)) this.#guessed.add(key);
      onProgress?.(i + 1, missing.length);
    }
    if (measuredAny) this.options.onChoices?.({ ...this.choices });
  }

  #missing(plan: Plan, options: WgslTarget): Map<string, Missing> {
    const missing = new Map<string, Missing>();
    const note = (key: string, work: number, measure: Missing['measure']) => {
      if (key in this.choices || this.#guessed.has(key)) return undefined;
      missing.set(key, { work: work + (missing.get(key)?.work ?? 0), measure });
      return undefined;
    };
    const look: WgslTarget = {
      ...withScratch(options),
      productVariant: (sizes, form) =>
        note(classOf(sizes, form), 2 * sizes.m * sizes.n * sizes.k, () =>
          this.#measure(sizes, form, options),
        ),
      tilesAttention: (sizes) => {
        const { tokens, heads, headSize } = sizes;
        return note(classOfAttention(sizes), 4 * tokens * tokens * heads * headSize, () =>
          measureAttention(this.target, { ...sizes, tokens: Math.min(tokens, MOST_TOKENS) }),
        );
      },
    };
    for (const operation of plan.operations) operation.wgsl(look);
    return missing;
  }

  #measure(sizes: ProductSizes, form: ProductForm, options: WgslTarget): Promise<Measurement[]> {
    const shrink = (size: number) => (size > LARGEST ? LARGEST + (size % 4) : size);
    const measured = { m: shrink(sizes.m), n: shrink(sizes.n), k: shrink(sizes.k) };
    const variants = variantsFor(withScratch(options), measured, form);
    return measureProduct(this.target, measured, form, variants);
  }
}

/** With working memory that is never used, where dispatches are only looked at. */
function withScratch(options: WgslTarget): WgslTarget {
  const buffer = { name: 'working memory', elements: 0, dtype: 'f32', role: 'activation' } as const;
  return { ...options, scratch: (elements) => ({ buffer, offset: 0, shape: [elements] }) };
}
