/**
 * @file What was tuned on a device, as plain data to be kept: for which device, among which variants, and what was chosen.
 */
import type { TensorDevice } from '../tensor/device';
import { tiledForwardKernel, tiledKeysKernel, tiledQueriesKernel } from './attention-tiles';
import { forwardKernel, keysKernel, queriesKernel } from './attention-wgsl';
import { PRODUCT_VARIANTS } from './matmul-wgsl';
import { ATTENTION_VARIANTS } from './measure-attention';
import type { KernelChoices } from './tune-kernels';

export interface TunedChoices {
  /** Vendor, architecture and driver of the device, and the browser: another one compiles other code. */
  device: string;
  /** See `variantsVersion`. */
  version: string;
  kernels: KernelChoices;
}

/** Where choices are kept between visits; either may fail without harm, but must not throw. */
export interface TunedMemory {
  /** What was kept for a device, of whatever kind it is; undefined where there is nothing. */
  load(device: string): Promise<unknown>;
  save(choices: TunedChoices): Promise<void>;
}

/**
 * Tells one set of variants from another: choices that were made among others, or among the same with other code, say
 * nothing. FNV-1a over the names and the code of all kernels.
 */
export function variantsVersion(): string {
  const sizes = { m: 256, n: 256, k: 256 };
  const tensor = {
    buffer: { name: '', elements: 0, dtype: 'f32', role: 'input' },
    offset: 0,
    shape: [],
  } as const;
  const forms = [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ transposeA, transposeB, accumulate: false })),
  );
  const products = PRODUCT_VARIANTS.flatMap((variant) =>
    forms
      .filter((form) => variant.fits(sizes, form))
      .flatMap((form) => {
        const tensors = { a: tensor, b: tensor, c: tensor };
        const made = variant.dispatches(sizes, form, tensors, { lanes: 1, scratch: () => tensor });
        return [variant.name, ...made.map(({ kernel }) => kernel.code)];
      }),
  );
  const attentions = [
    ...[forwardKernel(64), queriesKernel(64, false), keysKernel(64, false, false)],
    ...[tiledForwardKernel(64), tiledQueriesKernel(64, false), tiledKeysKernel(64, false, false)],
  ].map(({ code }) => code);
  let hash = 0x811c9dc5;
  for (const character of [...products, ...attentions].join('')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

/** What tells devices apart, as far as a browser says. */
export function deviceIdentity({ adapterInfo, description }: TensorDevice): string {
  const { vendor, architecture, device, description: driver } = adapterInfo;
  const agent = (globalThis.navigator as Navigator | undefined)?.userAgent ?? '';
  return [vendor, architecture, device, driver, [...description.features].sort().join(','), agent].join(
    ' | ',
  );
}

/** Choices as they are kept. */
export function toTunedChoices(target: TensorDevice, kernels: KernelChoices): TunedChoices {
  return { device: deviceIdentity(target), version: variantsVersion(), kernels: { ...kernels } };
}

/** What of a kept value can be used on a device: nothing where it is of another device or version, or no such value. */
export function readTunedChoices(target: TensorDevice, kept: unknown): KernelChoices {
  if (typeof kept !== 'object' || kept === null) return {};
  const { device, version, kernels } = kept as Partial<Record<keyof TunedChoices, unknown>>;
  if (device !== deviceIdentity(target) || version !== variantsVersion()) return {};
  if (typeof kernels !== 'object' || kernels === null) return {};
  const names = new Set<string>([
    ...PRODUCT_VARIANTS.map(({ name }) => name),
    ...Object.values(ATTENTION_VARIANTS),
  ]);
  const entries = Object.entries(kernels).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && names.has(entry[1]),
  );
  return Object.fromEntries(entries);
}
