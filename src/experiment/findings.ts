/**
 * @file What follows from an experiment, in sentences computed from intervals and seeds alone: a gain is called one only where the
 * interval and every seed say so, and what it has cost elsewhere stands beside it.
 */
import { DECISION_FIGURES } from '../reward/decision-report';
import type { Difference } from '../reward/interval';
import { percent, points } from '../reward/decision-table';
import { changedFigures, type Comparison, type FigureChange, type SeedDifference } from './comparison';
import type { ArmResult, ExperimentResults } from './results';

/** How sure a difference is: of a side that interval and every seed agree on, on the interval's side alone, or of none. */
export type Verdict = 'more' | 'less' | 'more, not with every seed' | 'less, not with every seed' | 'unclear';

/** @param bySeed the difference with each seed */
export function verdictOf({ low, high }: Difference, bySeed: readonly SeedDifference[]): Verdict {
  const side = low > 0 ? 1 : high < 0 ? -1 : 0;
  if (side === 0) return 'unclear';
  const agreed = bySeed.every(({ difference }) => difference * side > 0);
  const name = side > 0 ? 'more' : 'less';
  return agreed ? name : `${name}, not with every seed`;
}

/** All of them, at the end of every arm. */
export function findings({ final, comparisons }: ExperimentResults): string[] {
  return [
    ...roomText(final),
    ...final.flatMap((result) => aloneText(result) ?? []),
    ...besideText(comparisons, 'at the end of every arm'),
    ...summary(comparisons),
  ];
}

/** How much there was to gain. */
function roomText(final: readonly ArmResult[]): string[] {
  const base = final.find(({ report }) => !report.all?.accuracy?.difference);
  const all = base?.report.all?.accuracy;
  if (!base || !all || base.cost.steps > 0) return [];
  const { contested } = base.report;
  const apart = contested?.accuracy
    ? `, and on contested questions ${percent(contested.accuracy.share)} (${room(contested.accuracy.share)})`
    : '';
  return [
    `- The model as loaded decides ${percent(all.share)} rightly, so that no arm can gain more than ${room(all.share)}${apart}.`,
  ];
}

const room = (share: number): string => `${(100 * (1 - share)).toFixed(1)} points`;

/** An arm against the model as loaded; undefined of the model itself. */
function aloneText({ arm, report, gains }: ArmResult): string | undefined {
  const difference = report.all?.accuracy?.difference;
  if (!difference) return undefined;
  const contested = report.contested?.accuracy?.difference;
  const changed = (wanted: 'better' | 'worse') =>
    changedFigures(wanted, (key) => report.all?.[key]?.difference);
  const text = told(difference, gains, contested, { better: changed('better'), worse: changed('worse') });
  const texts: Record<Verdict, string> = {
    more: `**${arm}** is better than the model as loaded: ${text}`,
    less: `**${arm} does harm**: it is worse than the model as loaded, ${text}`,
    'more, not with every seed': `**${arm} is better than the model as loaded, but not with every seed**: ${text}`,
    'less, not with every seed': `**${arm} does harm, but not with every seed**: it is worse than the model as loaded, ${text}`,
    unclear: `**${arm} does not help measurably**: it cannot be told from the model as loaded, ${text}`,
  };
  return `- ${texts[verdictOf(difference, gains)]}.`;
}

/** Arms that learn from rewards beside others, at some place. */
export function besideText(comparisons: readonly Comparison[], where: string): string[] {
  return comparisons.map(({ arm, against, beside, began, difference, bySeed, contested, better, worse }) => {
    const sft = `the best SFT arm, ${against}${began ? ', with which it began' : ''}`;
    const other = beside === 'best-sft' ? sft : `${against}, with which it began`;
    const text = told(difference, bySeed, contested, { better, worse });
    const texts: Record<Verdict, string> = {
      more: `**${arm} decides better** ${where} than ${other}: ${text}`,
      less: `**${arm} decides worse** ${where} than ${other}: ${text}`,
      'more, not with every seed': `**${arm} decides better** ${where} than ${other}, **but not with every seed**: ${text}`,
      'less, not with every seed': `**${arm} decides worse** ${where} than ${other}, **but not with every seed**: ${text}`,
      unclear: `**${arm} is not measurably better** ${where} than ${other}, and cannot be told from it: ${text}`,
    };
    return `- ${texts[verdictOf(difference, bySeed)]}.`;
  });
}

/** How many arms that learn from rewards beat demonstrations, and whether reward after demonstrations alone adds anything. */
function summary(comparisons: readonly Comparison[]): string[] {
  const verdicts = (list: readonly Comparison[]) =>
    list.map(({ difference, bySeed }) => verdictOf(difference, bySeed));
  const counted = (list: readonly Comparison[]) => {
    const found = verdicts(list);
    const better = found.filter((verdict) => verdict === 'more').length;
    const worse = found.filter((verdict) => verdict === 'less').length;
    return `${better} better, ${worse} worse, ${found.length - better - worse} undecided`;
  };
  const sft = comparisons.filter(({ beside }) => beside === 'best-sft');
  const after = comparisons.filter(({ afterSft }) => afterSft);
  return [
    ...(sft.length > 0
      ? [`- Of ${armsText(sft.length)} learning from rewards, beside the best SFT arm: ${counted(sft)}.`]
      : []),
    ...(after.length > 0
      ? [
          `- Of ${armsText(after.length)} learning from rewards after SFT, beside that SFT alone: ${counted(after)}.`,
        ]
      : []),
  ];
}

const armsText = (n: number): string => (n === 1 ? 'one arm' : `${n} arms`);

/** Points with interval, cases, seeds, contested questions, and which other figures became better and worse. */
function told(
  difference: Difference & { cases: number },
  bySeed: readonly SeedDifference[],
  contested: (Difference & { cases: number }) | undefined,
  others: Readonly<Record<'better' | 'worse', readonly FigureChange[]>>,
): string {
  const seeds =
    bySeed.length < 2
      ? ''
      : `, by seed ${bySeed.map(({ seed, difference: own }) => `${points(own)} (${seed})`).join(', ')}`;
  const apart = contested ? `; contested questions ${inPoints(contested)}` : '';
  const named = (side: 'better' | 'worse') => {
    const figures = others[side].map(
      ({ key, difference: own }) => `${DECISION_FIGURES[key].label.toLowerCase()} ${inPoints(own)}`,
    );
    return figures.length > 0 ? `; ${side}: ${figures.join(', ')}` : '';
  };
  return (
    `${inPoints(difference)} points of right decisions in ${difference.cases} answers${seeds}${apart}` +
    named('better') +
    named('worse')
  );
}

const inPoints = ({ difference, low, high }: Difference): string =>
  `${points(difference)} [${points(low)}, ${points(high)}]`;

/** What the sentences do not show by themselves. */
export function caution({ final, comparisons, seeds }: ExperimentResults): string[] {
  const alone = final.filter(({ report }) => report.all?.accuracy?.difference).length;
  const number = alone + comparisons.length;
  if (number === 0) return [];
  return [
    `These are ${number} comparisons of right decisions over all questions, each with an interval of 95% that is not corrected for their number: where nothing differs, about one in twenty would still ` +
      'look like a difference. Contested questions, other figures and the tables at budgets add more of them.' +
      (comparisons.length > 0
        ? ' The best SFT arm was chosen by its share on these very questions, which favours it: read a small difference to it with that in mind.'
        : '') +
      ` The intervals are about other questions of this kind; ${seeds.length === 1 ? 'what another seed would give is not known' : 'how much seeds differ is told beside them, and a difference is called one only where every seed is on its side'}. ` +
      'An interval without width says that no decision changed, not that none could. Nothing here searches for the settings that suit an arm: others may do better.',
    '',
  ];
}
