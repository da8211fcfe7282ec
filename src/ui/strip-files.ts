/**
 * @file The strip in each of the formats in which it can be copied or saved.
 */
import { maskCsv, maskObject } from '../mask/mask-export';
import type { Scores } from './overlay-values';
import { present } from './overlay-values';
import { stripHtml, stripSvg, type ExportedStrip } from './strip-export';

export interface StripToMake extends ExportedStrip {
  scores: Scores;
  /** The tokens as text, or as bytes where they are no whole characters, [T]. */
  pieces: readonly string[];
}

export function makeStrip(format: 'text' | 'html' | 'svg' | 'csv' | 'json', strip: StripToMake): string {
  const { view, values, scores, pieces } = strip;
  const { rendered, encoded, source } = view;
  switch (format) {
    case 'text':
      return rendered.text;
    case 'html':
      return stripHtml(strip);
    case 'svg':
      return stripSvg(strip);
    case 'csv':
    case 'json': {
      const { logProbs, predictions } = present(scores);
      const measured = {
        ...(logProbs && { logProb: logProbs }),
        ...(predictions && { entropy: predictions.entropy, rank: predictions.ranks }),
      };
      const weighed = { text: rendered.text, encoded, pieces, weights: values.weights, measured };
      if (format === 'csv') return maskCsv(weighed);
      return `${JSON.stringify(maskObject(source.source.record, weighed))}\n`;
    }
  }
}
