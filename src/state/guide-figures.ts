/**
 * @file The guide's figures: measured elsewhere, kept in public/guide/figures.json with the file that each comes from, and brought up
 * to date by tools/guide-figures.mjs.
 */
import { guide } from '$strings/guide';
import { LosslightError } from '../errors';

export interface GuideFigure {
  /** What was measured. */
  about: string;
  /** As it is written in its source. */
  value: string;
  /** File of the project that it comes from. */
  source: string;
  /** The day on which it was read there: 2026-11-22. */
  date: string;
}

/** One arm of the experiment at its end, as its report writes it: shares with their intervals. */
export interface GuideArm {
  arm: string;
  decision: string;
  falseCalls: string;
  missedCalls: string;
  answer: string;
  steps: string;
  tokens: string;
  /** Processor time of generating, rewarding and training. */
  processor: string;
}

/** The experiment that compares SFT and RL, and how far it has come. */
export interface GuideExperiment {
  file: string;
  /** How many questions and seeds it is of, or that it was not run. */
  state: string;
  date: string;
  /** Where its report stands; absent, as are the next two, while it is not finished. */
  report?: string;
  arms?: readonly GuideArm[];
  /** What follows, word for word: a list in Markdown. */
  findings?: string;
}

export interface GuideFigures {
  figures: Readonly<Record<string, GuideFigure>>;
  experiment: GuideExperiment;
}

const words = guide.figures;
const NAME = /\{([a-z0-9-]+)\}/g;
/** Stands for the state of the experiment. */
const EXPERIMENT = 'experiment-state';

/** @throws LosslightError `bad-figures`, which names the figure. */
export function readGuideFigures(text: string): GuideFigures {
  let file: Partial<GuideFigures>;
  try {
    file = JSON.parse(text) as Partial<GuideFigures>;
  } catch (cause) {
    throw bad(words.notJson, cause);
  }
  const { figures, experiment } = file;
  if (typeof figures !== 'object' || figures === null) throw bad(words.missing('figures'));
  for (const [name, figure] of Object.entries(figures)) {
    const texts = [figure.about, figure.value, figure.source, figure.date];
    if (texts.some((field) => typeof field !== 'string')) throw bad(words.lacksField(name));
  }
  if (typeof experiment?.state !== 'string') throw bad(words.missing('experiment'));
  return { figures, experiment };
}

/** Names of the figures that a text cites, each once. */
export function citedIn(text: string): string[] {
  return [...new Set([...text.matchAll(NAME)].map(([, name = '']) => name))].filter(
    (name) => name !== EXPERIMENT,
  );
}

/** The text with its figures; a dash where one is not known. */
export function withFigures(text: string, figures: GuideFigures | undefined): string {
  return text.replace(NAME, (_, name: string) => {
    if (name === EXPERIMENT) return figures?.experiment.state ?? words.experimentUnknown;
    return figures?.figures[name]?.value ?? '–';
  });
}

function bad(reason: string, cause?: unknown): LosslightError {
  return new LosslightError('bad-figures', words.unreadable(reason), words.remedy, { cause });
}
