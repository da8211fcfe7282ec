/**
 * @file The code of every lint, in the order of the catalogue.
 */
import type { Check } from './check';
import { controlTokens } from './checks/control-tokens';
import { doubleBos } from './checks/double-bos';
import { earlierThinkingStripped } from './checks/earlier-thinking';
import { emptyThinkTrained } from './checks/empty-think';
import { endOfTurnUntrained } from './checks/end-of-turn';
import { headerTrained } from './checks/header-trained';
import { maskToTheEnd } from './checks/mask-to-the-end';
import { microBatchMean } from './checks/micro-batches';
import { packedDocuments } from './checks/packed-documents';
import { padIsEos } from './checks/pad-token';
import { promptNoPrefix } from './checks/prompt-prefix';
import { responseMarkers } from './checks/response-markers';
import { retokenisationDrift } from './checks/retokenisation';
import { thinkTags } from './checks/think-tags';
import { toolOutputTrained } from './checks/tool-output';
import { toolsNotRendered } from './checks/tools-rendered';
import { noTrainedTokens } from './checks/trained-tokens';
import { truncatedTargets } from './checks/truncation';

export const CHECKS: readonly Check[] = [
  noTrainedTokens,
  truncatedTargets,
  maskToTheEnd,
  endOfTurnUntrained,
  padIsEos,
  doubleBos,
  promptNoPrefix,
  responseMarkers,
  earlierThinkingStripped,
  emptyThinkTrained,
  toolOutputTrained,
  toolsNotRendered,
  thinkTags,
  retokenisationDrift,
  packedDocuments,
  microBatchMean,
  headerTrained,
  controlTokens,
];
