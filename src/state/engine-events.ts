/**
 * @file What the page does with each event of the engine.
 */
import type { EngineEvent } from '../worker/protocol';
import type { Session } from './session.svelte';

export type EventParts = Pick<Session, 'model' | 'train' | 'measuring' | 'forecast' | 'refreshScores'>;

/** Hands an event to those whom it concerns. */
export function receiveEvent(event: EngineEvent, parts: EventParts): void {
  const { model, train, measuring, forecast } = parts;
  forecast.receive(event);
  switch (event.type) {
    case 'progress':
      model.showProgress(event);
      return;
    case 'step':
      measuring.weightsChanged();
      train.receive(event);
      // A single step of a paused run: show at once what it changed.
      if (train.status === 'paused') void parts.refreshScores();
      return;
    case 'run':
      train.receive(event);
      void parts.refreshScores();
      return;
    case 'fatal':
      train.fail(event.error);
      model.fail(event.error);
      return;
    case 'preparing':
    case 'ask':
    case 'writing':
    case 'rollouts':
      train.receive(event);
      return;
    case 'token':
      return;
    default:
      event satisfies never;
  }
}
