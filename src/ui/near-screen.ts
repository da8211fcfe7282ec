/**
 * @file Tells which parts of a scrolling list are near its visible part, so that the others need not be drawn.
 */
import { flushSync } from 'svelte';

/** Calls back when the element comes near or leaves; returns a function that stops. */
export type WatchNear = (element: Element, onnear: (near: boolean) => void) => () => void;

/**
 * Milliseconds of a frame for drawing parts; what is left waits for the next, as plain text until then. A part is not begun
 * where one like it would go over that, so that a frame takes this long, or as long as a single part.
 */
const BUDGET = 4;
/** How much the last part counts in what the next is expected to take. */
const LEARNT = 0.3;

/** One observer for all parts of one listbox. */
export function watchNear(): WatchNear {
  const callbacks = new WeakMap<Element, (near: boolean) => void>();
  /** What is still to be told: parts that come near before those that leave. */
  const waiting = { near: new Set<Element>(), far: new Set<Element>() };
  let observer: IntersectionObserver | undefined;
  let frame: number | undefined;
  /** Milliseconds that one part is expected to take. */
  const expected = { near: 0, far: 0 };

  function tell(): void {
    frame = undefined;
    const begun = performance.now();
    let told = 0;
    for (const side of ['near', 'far'] as const) {
      for (const element of waiting[side]) {
        const before = performance.now();
        if (told++ > 0 && before - begun + expected[side] > BUDGET) {
          frame = requestAnimationFrame(tell);
          return;
        }
        waiting[side].delete(element);
        // Drawn at once, so that the time it takes is known.
        flushSync(() => callbacks.get(element)?.(side === 'near'));
        expected[side] += LEARNT * (performance.now() - before - expected[side]);
      }
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
    return () => {
      observer?.unobserve(element);
      waiting.near.delete(element);
      waiting.far.delete(element);
    };
  };
}
