/**
 * @file Several documents in one row that nothing keeps apart.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { Setup } from '../context';
import { settingFix } from '../fixes';
import { IGNORED, type TokenRow } from '../row-file';
import type { Fix, Found } from '../types';

const words = coreFindings['packed-documents'];

export const packedDocuments: Check = {
  ...lintNamed('packed-documents'),

  setup({ settings }) {
    const { attention, packing, packingStrategy } = settings;
    if (!packing) return [];
    const found: Found[] = [];
    if (packingStrategy === 'wrapped') {
      found.push({
        severity: 'warning',
        message: words.wrapped,
        place: { field: 'packingStrategy' },
        fix: settingFix(words.fixPacking, { packingStrategy: 'bfd' }),
      });
    }
    if (!isFlash(attention)) {
      found.push({
        severity: 'warning',
        message: attention ? words.attention(attention) : words.noAttention,
        place: { field: 'attention' },
        fix: settingFix(words.fixAttention, { attention: 'flash_attention_2' }),
      });
    }
    return found;
  },

  row: (row, setup) => [...apart(row, setup), ...restarts(row), ...firstLabels(row, setup)],
};

const isFlash = (attention: string | undefined) => attention?.startsWith('flash') ?? false;

/** First tokens of the documents after the first, by all that the row shows. */
function bordersOf(
  { attentionMask, documents, inputIds, positionIds }: TokenRow,
  { inspector }: Setup,
): number[] {
  const { bosToken } = inspector.tokenizer;
  const bos = bosToken ? inspector.tokenizer.idOf(bosToken) : undefined;
  return inputIds.flatMap((id, i) => {
    const padding = attentionMask?.[i] === 0 || documents?.[i] === 0;
    if (i === 0 || padding) return [];
    const numbered = documents !== undefined && documents[i - 1] !== 0 && documents[i] !== documents[i - 1];
    const begins = id === bos && inputIds[i - 1] !== bos;
    return numbered || positionIds?.[i] === 0 || begins ? [i] : [];
  });
}

/** Borders that the attention does not see. */
function apart(row: TokenRow, setup: Setup): Found[] {
  const { attentionMask, documents, positionIds } = row;
  const { attention } = setup.settings;
  const open = bordersOf(row, setup).filter((i) => {
    if (documents) return documents[i] === documents[i - 1];
    if (positionIds?.[i] !== 0) return true;
    // transformers finds the borders by the positions, unless a mask says that everything is one text.
    return attentionMask !== undefined && !isFlash(attention);
  });
  const [first] = open;
  if (first === undefined) return [];
  const unsure = !documents && positionIds?.[first] === 0 && attention === undefined;
  return [
    {
      severity: unsure ? 'warning' : 'error',
      message: unsure ? words.maskOverAll(first, open.length + 1) : words.open(first, open.length + 1),
      place: { tokens: { start: first, end: first + 1 }, field: documents ? 'documents' : 'attention_mask' },
      fix: numberFix(row, setup),
    },
  ];
}

/** Documents that are told apart, with positions that run on. */
function restarts({ documents, positionIds }: TokenRow): Found[] {
  if (!documents || !positionIds) return [];
  const first = documents.findIndex(
    (document, i) => i > 0 && document !== 0 && document !== documents[i - 1] && positionIds[i] !== 0,
  );
  if (first < 0) return [];
  return [
    {
      severity: 'warning',
      message: words.position(documents[first] ?? 0, first, positionIds[first] ?? 0),
      place: { tokens: { start: first, end: first + 1 }, field: 'position_ids' },
      fix: {
        kind: 'row',
        title: words.fixPositions,
        change: { positionIds: positionsOf(documents) },
      },
    },
  ];
}

/** The first token of a document would be predicted from the last of another. */
function firstLabels(row: TokenRow, setup: Setup): Found[] {
  const { labels } = row;
  if (!labels) return [];
  const trained = bordersOf(row, setup).filter((i) => (labels[i] ?? IGNORED) >= 0);
  const [first] = trained;
  if (first === undefined) return [];
  return [
    {
      severity: 'warning',
      message: words.firstLabels(trained.length, first),
      place: { tokens: { start: first, end: first + 1 }, field: 'labels' },
      fix: {
        kind: 'row',
        title: words.fixLabels,
        change: { labels: labels.map((label, i) => (trained.includes(i) ? IGNORED : label)) },
      },
    },
  ];
}

function numberFix(row: TokenRow, setup: Setup): Fix {
  const borders = new Set(bordersOf(row, setup));
  let document = 1;
  const documents = row.inputIds.map((_, i) => {
    if (borders.has(i)) document++;
    return row.attentionMask?.[i] === 0 ? 0 : document;
  });
  return {
    kind: 'row',
    title: words.fixNumbers,
    change: { documents, positionIds: positionsOf(documents) },
  };
}

function positionsOf(documents: readonly number[]): number[] {
  let start = 0;
  return documents.map((document, i) => {
    if (document !== documents[i - 1]) start = i;
    return document === 0 ? 0 : i - start;
  });
}
