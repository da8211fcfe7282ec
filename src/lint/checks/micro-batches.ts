/**
 * @file Losses that are means of means: a token counts more where it has less company.
 */
import { lintNamed } from '../catalogue';
import type { Check, DataSummary } from '../check';
import { grouped } from '../context';
import { settingFix } from '../fixes';
import type { Found, TrainerSettings } from '../types';

/** From this version on transformers divides by the tokens of the whole accumulated batch. */
const FIXED: readonly [number, number] = [4, 46];

export const microBatchMean: Check = {
  ...lintNamed('micro-batch-mean'),

  setup({ settings }, data) {
    return [...accumulation(settings, data), ...devices(settings)];
  },
};

function accumulation(settings: TrainerSettings, data: DataSummary | undefined): Found[] {
  const { gradientAccumulationSteps: steps = 1, lossReduction, microBatchSize = 1 } = settings;
  if (lossReduction === 'tokens') return [];
  if (lossReduction === 'sequence') {
    if (steps * microBatchSize === 1) return [];
    return [
      {
        message: `The loss is a mean over each sequence, then over sequences${bias(data)}.`,
        place: { field: 'lossReduction' },
        fix: settingFix('Divide by the trained tokens of the whole batch', { lossReduction: 'tokens' }),
      },
    ];
  }
  if (steps === 1) return [];
  const fixed = lossReduction === undefined ? isFixed(settings.transformersVersion) : false;
  if (fixed === true) return [];
  const unsure = fixed === undefined;
  const version = settings.transformersVersion ? ` by transformers ${settings.transformersVersion}` : '';
  return [
    {
      severity: unsure ? 'info' : 'warning',
      message: unsure
        ? `Gradients are accumulated over ${grouped(steps)} micro-batches: before transformers 4.46 each has a mean of its own${bias(data)}.`
        : `The loss of ${grouped(steps)} accumulated micro-batches is a mean of their means${version}${bias(data)}.`,
      place: { field: 'gradientAccumulationSteps' },
      fix:
        lossReduction === 'micro-batch'
          ? settingFix('Divide by the trained tokens of the whole batch', { lossReduction: 'tokens' })
          : settingFix(`One micro-batch of ${grouped(steps * microBatchSize)}`, {
              gradientAccumulationSteps: 1,
              microBatchSize: steps * microBatchSize,
            }),
    },
  ];
}

function devices({
  devices: count = 1,
  averageTokensAcrossDevices,
  lossReduction,
}: TrainerSettings): Found[] {
  if (count === 1 || averageTokensAcrossDevices !== false || lossReduction === 'sequence') return [];
  return [
    {
      message: `Each of ${grouped(count)} devices divides by its own trained tokens, because average_tokens_across_devices is off.`,
      place: { field: 'averageTokensAcrossDevices' },
      fix: settingFix('Average tokens across devices', { averageTokensAcrossDevices: true }),
    },
  ];
}

/** How much the data at hand would be bent; '' where its records are alike. */
function bias(data: DataSummary | undefined): string {
  if (!data || data.fewest === 0 || data.most === data.fewest) return '';
  const times = Number((data.most / data.fewest).toPrecision(2));
  return `; in these records a trained token may count ${grouped(times)} times as much as another (${grouped(data.fewest)} to ${grouped(data.most)} a record)`;
}

/** Undefined where the version is not known. */
function isFixed(version: string | undefined): boolean | undefined {
  const match = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  if (!match) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > FIXED[0] || (major === FIXED[0] && minor >= FIXED[1]);
}
