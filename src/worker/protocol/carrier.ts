/** @file How requests, replies and events are put into messages, for every host alike. */
import type { ErrorReport } from './error';

export interface RequestMessage<Requests, Name extends keyof Requests = keyof Requests> {
  id: number;
  name: Name;
  request: Requests[Name] extends { request: infer R } ? R : never;
}

export type HostMessage<Event> =
  { id: number; ok: true; reply: unknown } | { id: number; ok: false; error: ErrorReport } | { event: Event };
