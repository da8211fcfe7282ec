/**
 * @file Losses that are means of means: a token counts more where it has less company.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check, DataSummary } from '../check';
import { settingFix } from '../fixes';
import type { Found, TrainerSettings } from '../types';

const words = coreFindings['micro-batch-mean'];

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
        message: words.bySequence(bias(data)),
        place: { field: 'lossReduction' },
        fix: settingFix(words.fixReduction, { lossReduction: 'tokens' }),
      },
    ];
  }
  if (steps === 1) return [];
  const fixed = lossReduction === undefined ? isFixed(settings.transformersVersion) : false;
  if (fixed === true) return [];
  const unsure = fixed === undefined;
  return [
    {
      severity: unsure ? 'info' : 'warning',
      message: unsure
        ? words.perhaps(steps, bias(data))
        : words.byMicroBatch(steps, settings.transformersVersion, bias(data)),
      place: { field: 'gradientAccumulationSteps' },
      fix:
        lossReduction === 'micro-batch'
          ? settingFix(words.fixReduction, { lossReduction: 'tokens' })
          : settingFix(words.fixOneBatch(steps * microBatchSize), {
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
      message: words.byDevice(count),
      place: { field: 'averageTokensAcrossDevices' },
      fix: settingFix(words.fixDevices, { averageTokensAcrossDevices: true }),
    },
  ];
}

/** How much the data at hand would be bent; undefined where its records are alike. */
function bias(data: DataSummary | undefined) {
  if (!data || data.fewest === 0 || data.most === data.fewest) return undefined;
  const { fewest, most } = data;
  return { times: Number((most / fewest).toPrecision(2)), fewest, most };
}

/** Undefined where the version is not known. */
function isFixed(version: string | undefined): boolean | undefined {
  const match = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  if (!match) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > FIXED[0] || (major === FIXED[0] && minor >= FIXED[1]);
}
