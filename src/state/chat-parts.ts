/**
 * @file What the chat is given of the page.
 */
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ChatParts } from './chat-types';
import type { Session } from './session.svelte';

/** The session is asked when the chat needs something, and not before. */
export function chatParts(session: Session, text: TextService, engine: EngineService): ChatParts {
  return {
    text,
    engine,
    runs: () => session.train.runs.list,
    trained: () => session.train.updates.length,
    head: () => session.train.runs.head,
    modelKey: () => session.modelKey,
    limits: () => {
      const { info, endOfTurnIds } = session.model;
      return info && { stopIds: endOfTurnIds, contextLength: info.contextLength };
    },
    block: () => session.measureBlock ?? session.runBlock,
    list: () => session.data.list,
    ownList: () => session.data.own,
    inLesson: () => session.lessons.current !== undefined,
    put: (list, label, key) => session.changeData(() => session.data.put(list, label, key)),
    bring: (list, label) => session.changeData(() => session.data.putOwn(list, label)),
  };
}
