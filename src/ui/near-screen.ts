/**
 * @file Tells which parts of a scrolling list are near its visible part, so that the others need not be drawn.
 */
import { flushSync } from 'svelte';
import { isPrinted } from './printed';

/** Calls back when the element comes near or leaves; returns a function that stops. */
export type WatchNear = (element: Element, onnear: (near: boolean) => void) => () => void;

/**
 * Milliseconds of a frame for drawing parts; what is left waits for the next, as plain text until then. A frame draws as many as
 * are expected to take this long, and at least one.
 */
const BUDGET = 4;
/** Where one took longer than expected, no other is begun after so many milliseconds. */
const MOST = 5;
/** How much the last part counts in what the next is expected to take. */
const LEARNT = 0.2;

/** One observer for all parts of one listbox. */
export function watchNear(): WatchNear {
  const callbacks = new WeakMap<Element, (near: boolean) => void>();
  /** What is still to be told: parts that come near before those that leave. */
  const waiting = { near: new Set<Element>(), far: new Set<Element>() };
  let observer: IntersectionObserver | undefined;
  let frame: number | undefined;
  /** Milliseconds that one part is expected to take. */
  const expected = { near: BUDGET / 4, far: BUDGET / 4 };
  const watched = new Set<Element>();

  function tell(): void {
    frame = undefined;
    const begun = performance.now();
    let planned = 0;
    for (const side of ['near', 'far'] as const) {
      for (const element of waiting[side]) {
        const before = performance.now();
        if (planned > 0 && (planned + expected[side] > BUDGET || before - begun > MOST)) {
          frame = requestAnimationFrame(tell);
          return;
        }
        waiting[side].delete(element);
        // Drawn at once, so that the time it takes is known.
        flushSync(() => callbacks.get(element)?.(side === 'near'));
        planned += expected[side];
        // On a busy machine a long time was the time of something else.
        const took = Math.min(performance.now() - before, 2 * expected[side] + 0.1);
        expected[side] += LEARNT * (took - expected[side]);
      }
    }
  }

  /** Paper has no edge to be near to: all that is printed is drawn before, and goes by the screen again after it. */
  function toPaper(): void {
    const printed = [...watched].filter(isPrinted);
    flushSync(() => printed.forEach((element) => callbacks.get(element)?.(true)));
  }
  function toScreen(): void {
    for (const element of watched) {
      observer?.unobserve(element);
      observer?.observe(element);
    }
  }

  return (element, onnear) => {
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          // On a step that is away nothing is near, and coming back would draw, and wrap, all of it anew.
          if (!isIntersecting && boundingClientRect.width === 0) continue;
          waiting[isIntersecting ? 'near' : 'far'].add(target);
          // Parts that a fast scroll passed by are not drawn at all.
          waiting[isIntersecting ? 'far' : 'near'].delete(target);
        }
        // At the beginning of a frame, so that no frame draws twice.
        frame ??= requestAnimationFrame(tell);
      },
      // A strip scrolls by itself; children are attached before it is bound.
      { root: element.closest('[role="listbox"]'), rootMargin: '250px 0px' },
    );
    callbacks.set(element, onnear);
    observer.observe(element);
    if (!watched.size) {
      addEventListener('beforeprint', toPaper);
      addEventListener('afterprint', toScreen);
    }
    watched.add(element);
    return () => {
      observer?.unobserve(element);
      watched.delete(element);
      if (!watched.size) {
        removeEventListener('beforeprint', toPaper);
        removeEventListener('afterprint', toScreen);
      }
      waiting.near.delete(element);
      waiting.far.delete(element);
    };
  };
}
