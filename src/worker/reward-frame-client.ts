/**
 * @file One sandboxed frame and the channel to it: questions with a deadline, one at a time.
 */
import { watch } from './deadlines';
import { SANDBOX_DOCUMENT } from './reward-sandbox-document';
import { trustedPolicy } from './spawn';

/** What the frame answers; `undefined` is no answer in time. */
export interface FrameReply {
  /** The code was started. */
  loaded?: boolean;
  value?: number;
  problem?: string;
  /** Line of the worker's script, from 1. */
  scriptLine?: number;
  log?: string;
}

/** `seed` is that of `Math.random` during the call. */
export type FrameQuestion = { script: string } | { input: string; seed: number };

export class RewardFrame {
  readonly #frame = document.createElement('iframe');
  readonly #channel = new MessageChannel();
  #waiting: { id: number; resolve: (reply: FrameReply | undefined) => void } | undefined;
  #ready = () => {};

  /** @param host the element that the hidden frame is put into */
  constructor(host: HTMLElement = document.body) {
    const frame = this.#frame;
    // Without allow-same-origin: the origin is opaque, so that nothing of this page's is the frame's.
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.hidden = true;
    frame.title = 'Sandbox for reward code';
    frame.srcdoc = trustedPolicy()?.createHTML(SANDBOX_DOCUMENT) ?? SANDBOX_DOCUMENT;
    const { port1, port2 } = this.#channel;
    port1.onmessage = ({ data }: MessageEvent<{ id: number; ready?: true } & FrameReply>) => {
      if (data.ready) this.#ready();
      else if (data.id === this.#waiting?.id) this.#settle(data);
    };
    frame.addEventListener('load', () => frame.contentWindow?.postMessage(null, '*', [port2]), {
      once: true,
    });
    host.append(frame);
  }

  /** True once the frame's own script runs; false where it does not within so many milliseconds. */
  ready(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const unwatch = watch(milliseconds, () => resolve(false));
      this.#ready = () => {
        unwatch();
        resolve(true);
      };
    });
  }

  /** @returns undefined where there was no answer within so many milliseconds, or the signal ended the wait */
  ask(
    id: number,
    question: FrameQuestion,
    milliseconds: number,
    signal?: AbortSignal,
  ): Promise<FrameReply | undefined> {
    return new Promise((resolve) => {
      const giveUp = () => this.#settle(undefined);
      const unwatch = watch(milliseconds, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting = {
        id,
        resolve: (reply) => {
          unwatch();
          signal?.removeEventListener('abort', giveUp);
          resolve(reply);
        },
      };
      this.#channel.port1.postMessage({ id, ...question });
    });
  }

  /** Ends the frame and whatever runs in it. */
  remove(): void {
    this.#settle(undefined);
    this.#channel.port1.close();
    this.#frame.remove();
  }

  #settle(reply: FrameReply | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }
}
